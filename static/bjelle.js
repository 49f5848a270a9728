/*
 * <notifikasjon-bjelle>: the bell with the user's notifications, for any web page.
 *
 *     <script src="/static/bjelle.js" defer></script>
 *     <notifikasjon-bjelle></notifikasjon-bjelle>
 *
 * Attributes: `api` (address of the user API), `saksoversikt` (address of the page with all saker; no link without it),
 * `intervall` (seconds between two looks), `uten-stroem` (no live update). Properties, set whenever the page likes:
 *     bjelle.hentToken = async () => "…"       a bearer token, for a page that is not served with the API's cookie
 *     bjelle.hentTid = async () => new Date()  what time it is, for a server whose clock has been moved
 * A page of another origin needs an absolute `api` and `hentToken`, and the server must allow it.
 *
 * Live update: a server with a stream says where in its answers (Link, rel="monitor"). The stream says "endret", never
 * what, and we look. One visible tab holds it and tells the others. With it, only each fifth `intervall` has a look.
 *
 * Before changing it: everything here comes from producers, so text is only ever a text node and a link is only
 * followed if `trygg` says so; and the host page may forbid inline styles (CSP `default-src 'self'`), so there is one
 * constructed style sheet and no `style` attribute in markup.
 *
 * README says where it departs from the two bells of this platform that are in use.
 */
(() => {
  "use strict";

  // ── What is asked of the server ──────────────────────────────────────────────────────────────────────────────────

  const FELLES = `
    id tekst lenke opprettetTidspunkt sorteringTidspunkt
    brukerKlikk { id klikketPaa }
    virksomhet { navn virksomhetsnummer }
    sak { tittel tilleggsinformasjon }`;
  // Sist lest comes along every time, so that opening the bell in one tab empties the red circle in the others.
  const HENT = `query hentNotifikasjoner {
    notifikasjoner {
      feilAltinn feilDigiSyfo
      notifikasjoner {
        __typename
        ... on Beskjed { ${FELLES} }
        ... on Oppgave { ${FELLES} tilstand frist paaminnelseTidspunkt utgaattTidspunkt utfoertTidspunkt }
        ... on Kalenderavtale { ${FELLES} avtaletilstand startTidspunkt sluttTidspunkt digitalt
          lokasjon { adresse postnummer poststed } }
      }
    }
    notifikasjonerSistLest { ... on NotifikasjonerSistLest { tidspunkt } }
  }`;
  const SIST_LEST = `mutation notifikasjonerSistLest($tidspunkt: ISO8601DateTime!) {
    notifikasjonerSistLest(tidspunkt: $tidspunkt) { tidspunkt }
  }`;
  const KLIKK = `mutation NotifikasjonKlikketPaa($id: ID!) {
    notifikasjonKlikketPaa(id: $id) { ... on BrukerKlikk { id klikketPaa } ... on UgyldigId { feilmelding } }
  }`;

  const INTERVALL_S = 60;
  const SVARFRIST_MS = 20_000;
  const FOERSTE_PAUSE_S = 5; // after a failure; doubles each time, up to five intervals
  const STILLE_MS = 40_000; // then the stream is dead; it lets itself be heard each 15 s
  const OVERLAPP_MS = 3_000; // it begins with what happened a little earlier
  const FAA = 5; // notifications: too few for a filter
  const FLERE = 10; // virksomheter: more are searched

  const FILTER = "notifikasjon-bjelle-filter"; // in sessionStorage

  class Utlogget extends Error {}

  // ── Texts ────────────────────────────────────────────────────────────────────────────────────────────────────────

  const FEIL_ALTINN =
    "Vi opplever ustabilitet med Altinn, så du ser kanskje ikke alle notifikasjoner. Prøv igjen senere.";
  const FEIL_DIGISYFO =
    "Vi opplever feil og kan ikke hente eventuelle notifikasjoner for sykemeldte som du skal følge opp. " +
    "Prøv igjen senere.";
  const UTLOGGET = "Du er logget ut. Last siden på nytt.";
  const NETTFEIL_TOM = "Vi får ikke hentet varslene dine akkurat nå. Vi prøver igjen om litt.";
  const NETTFEIL = "Vi får ikke hentet nye varsler akkurat nå, så listen kan være utdatert. Vi prøver igjen om litt.";

  // ── Days and times, always in Oslo whatever the zone of the browser ──────────────────────────────────────────────

  const KORT = ["jan.", "feb.", "mars", "apr.", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."];
  const LANG = "januar februar mars april mai juni juli august september oktober november desember".split(" ");
  const OSLO = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Europe/Oslo",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });

  /** Day and time of day of an instant; null for what is not one. */
  function oslo(tidspunkt) {
    const tid = new Date(tidspunkt ?? NaN);
    if (Number.isNaN(tid.getTime())) return null;
    const del = Object.fromEntries(OSLO.formatToParts(tid).map(({ type, value }) => [type, value]));
    return { ...dag(del.year, del.month, del.day), klokkeslett: `${del.hour}.${del.minute}` };
  }

  function dag(aar, maaned, dagen) {
    // `nummer` counts days, so that "yesterday" is a difference of one also across a change to summer time.
    return { aar: +aar, maaned: maaned - 1, dag: +dagen, nummer: Date.UTC(aar, maaned - 1, dagen) / 86_400_000 };
  }

  /** A date without a time ("2026-11-30") belongs to no zone. */
  function dato(tekst) {
    const treff = /^([+-]?\d+)-(\d\d)-(\d\d)$/.exec(tekst ?? "");
    return treff && dag(treff[1], treff[2], treff[3]);
  }

  const somDato = (d) => `${d.dag}. ${KORT[d.maaned]} ${d.aar}`;

  function somDag(d, idag) {
    return { "-1": "i går", 0: "i dag", 1: "i morgen" }[d.nummer - idag.nummer] ?? somDato(d);
  }

  function somTid(d, idag) {
    return { "-1": `I går ${d.klokkeslett}`, 0: `I dag ${d.klokkeslett}` }[d.nummer - idag.nummer] ?? somDato(d);
  }

  function somMoete(start, slutt, idag) {
    const paa = (d) => `${d.dag}. ${LANG[d.maaned]}${d.aar === idag.aar ? "" : ` ${d.aar}`} kl. ${d.klokkeslett}`;
    if (!slutt) return paa(start);
    return `${paa(start)} – ${slutt.nummer === start.nummer ? slutt.klokkeslett : paa(slutt)}`;
  }

  /** Microseconds since 1970. Date stops at milliseconds, and two notifications may share one. */
  function mikros(tidspunkt) {
    const desimaler = /\.(\d+)/.exec(tidspunkt)?.[1] ?? "";
    return Date.parse(tidspunkt.replace(/\.\d+/, "")) * 1000 + Number(desimaler.slice(0, 6).padEnd(6, "0"));
  }

  const senere = (a, b) => mikros(a) > mikros(b);

  // ── How each kind looks ──────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Icon, colour and tag of a notification. `gjoeremaal` gives the edge of something to do, `graa` what is over and
   * done with. Null for a kind or state this version does not know: it is neither drawn nor counted.
   */
  function utseende(notifikasjon, naa) {
    const tegn = { Beskjed: beskjed, Oppgave: oppgave, Kalenderavtale: kalenderavtale }[notifikasjon.__typename];
    return tegn?.(notifikasjon, naa, oslo(naa)) ?? null;
  }

  function beskjed() {
    return { ikon: "boble", tittel: "Beskjed", farge: "blaa" };
  }

  function oppgave({ tilstand, frist, paaminnelseTidspunkt, utfoertTidspunkt, utgaattTidspunkt }, naa, idag) {
    const fristen = dato(frist);
    switch (tilstand) {
      case "NY": {
        const tekst = [paaminnelseTidspunkt && "Påminnelse", fristen && `Frist ${somDato(fristen)}`]
          .filter(Boolean)
          .join(" – ");
        const merke = tekst && { slag: "advarsel", tekst, klokke: true };
        return { ikon: "notat", tittel: "Uløst oppgave", farge: "oransje", gjoeremaal: true, merke };
      }
      case "UTFOERT": {
        const utfoert = oslo(utfoertTidspunkt);
        const tekst = `Oppgave utført${utfoert ? ` ${somDag(utfoert, idag)}` : ""}`;
        return { ikon: "hake", tittel: "Utført oppgave", farge: "graa", graa: true, merke: { slag: "ferdig", tekst } };
      }
      case "UTGAATT": {
        const utgaatt = oslo(utgaattTidspunkt);
        const merke = fristen
          ? { slag: "noeytral", tekst: `Fristen gikk ut ${somDato(fristen)}`, klokke: true }
          : { slag: "noeytral", tekst: `Utgått${utgaatt ? ` ${somDag(utgaatt, idag)}` : ""}` };
        return { ikon: "notat", tittel: "Utgått oppgave", farge: "graa", merke };
      }
    }
  }

  const SVART = "Kalenderavtale som du har svart på.";
  const AVTALER = {
    ARBEIDSGIVER_HAR_GODTATT: { tittel: SVART, merke: { slag: "suksess", tekst: "Du har takket ja" } },
    ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED: {
      tittel: SVART,
      merke: { slag: "info", tekst: "Du ønsker endre tid eller sted" },
    },
    ARBEIDSGIVER_VIL_AVLYSE: { tittel: SVART, merke: { slag: "info", tekst: "Du ønsker å avlyse" } },
    AVLYST: { tittel: "Kalenderavtale som er avlyst.", over: true, merke: { slag: "feil", tekst: "Avlyst" } },
    AVHOLDT: { tittel: "Kalenderavtale som er avholdt.", over: true, merke: { slag: "suksess", tekst: "Avholdt" } },
  };

  function kalenderavtale({ avtaletilstand, startTidspunkt }, naa) {
    const passert = new Date(startTidspunkt) < naa;
    if (avtaletilstand === "VENTER_SVAR_FRA_ARBEIDSGIVER") {
      return passert
        ? { ikon: "kalender", tittel: "Kalenderavtale som har passert.", farge: "graa" }
        : {
            ikon: "kalender",
            tittel: "Kalenderavtale som du må svare på.",
            farge: "oransje",
            gjoeremaal: true,
            merke: { slag: "advarsel", tekst: "Svar på invitasjonen" },
          };
    }
    const avtale = Object.hasOwn(AVTALER, avtaletilstand) ? AVTALER[avtaletilstand] : null;
    return avtale && { ikon: "kalender", farge: passert || avtale.over ? "graa" : "blaa", ...avtale };
  }

  /** Whether a producer's link may be followed: never `javascript:` or `data:`, and "" leads nowhere. */
  function trygg(lenke) {
    try {
      return lenke !== "" && ["http:", "https:"].includes(new URL(lenke, document.baseURI).protocol);
    } catch {
      return false;
    }
  }

  // ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  // Drawn for this project on a grid of 24; holes by the even-odd rule.
  const IKONER = {
    bjelle:
      "M12 2c.9 0 1.6.7 1.6 1.6v.6a6.6 6.6 0 0 1 5 6.4v3.9l1.9 2.7c.5.8 0 1.8-.9 1.8H4.4c-.9 0-1.4-1-.9-1.8" +
      "l1.9-2.7v-3.9a6.6 6.6 0 0 1 5-6.4v-.6C10.4 2.7 11.1 2 12 2ZM9.3 20.3h5.4a2.7 2.2 0 0 1-5.4 0Z",
    kryss: "M5 6.5 6.5 5 12 10.5 17.5 5 19 6.5 13.5 12 19 17.5 17.5 19 12 13.5 6.5 19 5 17.5 10.5 12Z",
    pil: "M8.7 4.7 16 12l-7.3 7.3-1.4-1.4 5.9-5.9-5.9-5.9Z",
    ut: "M8.5 5H19v10.5h-2V8.4L6.4 19 5 17.6 15.6 7H8.5Z",
    boble:
      "M5 3h14a2.5 2.5 0 0 1 2.5 2.5v9A2.5 2.5 0 0 1 19 17H9.4l-5.5 4.4A.9.9 0 0 1 2.5 20.7V5.5" +
      "A2.5 2.5 0 0 1 5 3Z",
    notat:
      "M5 4h9.25L6.93 13.25 6.3 19l5.96-2.18L19 8.3V20a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z" +
      "M18 1.3 21 3.7 19.75 5.25 16.77 2.89ZM16.15 3.67 19.13 6.03 12.2 14.8 8.2 16.8 9.2 12.5Z",
    hake: "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20ZM16.4 7.3 10.7 13.8 7.7 11.1 6.3 12.7 10.9 16.8 18 8.7Z",
    kalender:
      "M6.5 2h2.2v2h6.6V2h2.2v2H20a1.5 1.5 0 0 1 1.5 1.5v3h-19v-3A1.5 1.5 0 0 1 4 4h2.5Z" +
      "M2.5 10h19v10a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 20Z" +
      "M6 12.5v2.2h2.5v-2.2ZM10.75 12.5v2.2h2.5v-2.2ZM15.5 12.5v2.2H18v-2.2Z" +
      "M6 16.6v2.2h2.5v-2.2ZM10.75 16.6v2.2h2.5v-2.2Z",
    klokke:
      "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18ZM12 4.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4Z" +
      "M11.1 7.2h1.8v4.4l3 3-1.3 1.3-3.5-3.5Z",
    sted:
      "M12 2a7 7 0 0 1 7 7c0 4.5-4.5 9.6-6.3 12.6a.8.8 0 0 1-1.4 0C9.5 18.6 5 13.5 5 9a7 7 0 0 1 7-7Z" +
      "M12 6.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z",
    kamera:
      "M4 6h9.5A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 6Z" +
      "M21.5 7.3v9.4l-5-3v-3.4Z",
    feil:
      "M8 2h8l6 6v8l-6 6H8l-6-6V8ZM7.4 8.8 10.6 12 7.4 15.2 8.8 16.6 12 13.4 15.2 16.6 16.6 15.2 13.4 12" +
      " 16.6 8.8 15.2 7.4 12 10.6 8.8 7.4Z",
  };

  /** `navn` is a tag with its classes ("span.tekst"). A string becomes a text node; null and "" are left out. */
  function element(navn, attributter = {}, ...barn) {
    const [merke, ...klasser] = navn.split(".");
    const ny = document.createElement(merke);
    ny.classList.add(...klasser);
    for (const [attributt, verdi] of Object.entries(attributter)) ny.setAttribute(attributt, verdi);
    ny.append(...barn.filter((et) => et !== null && et !== undefined && et !== ""));
    return ny;
  }

  function ikon(navn, tittel) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const sti = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", `ikon ${navn}`);
    sti.setAttribute("d", IKONER[navn]);
    svg.append(sti);
    if (tittel) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", tittel);
    } else {
      svg.setAttribute("aria-hidden", "true");
    }
    return svg;
  }

  function tegnNotifikasjon(notifikasjon, naa) {
    const { ikon: navn, tittel, farge, gjoeremaal, graa, merke } = utseende(notifikasjon, naa);
    const { __typename: type, brukerKlikk, virksomhet, sak, lenke } = notifikasjon;
    const idag = oslo(naa);
    const opprettet = oslo(notifikasjon.opprettetTidspunkt);
    const visTid = opprettet && type !== "Kalenderavtale" && notifikasjon.tilstand !== "UTFOERT";
    const merket = merke && element(`span.merke.${merke.slag}`, {}, merke.klokke ? ikon("klokke") : null, merke.tekst);
    const tekst = element("span.tekst", { id: `tekst-${notifikasjon.id}` }, notifikasjon.tekst);
    const innhold = [
      element("span.virksomhet", {}, virksomhet.navn || `Virksomhet ${virksomhet.virksomhetsnummer}`),
      sak && element("span.sak", {}, sak.tittel),
      sak?.tilleggsinformasjon && element("span.tillegg", {}, sak.tilleggsinformasjon),
      element(
        "span.rad",
        {},
        element(`span.farge-${farge}`, {}, ikon(navn, tittel)),
        element(
          "span.linjer",
          {},
          tekst,
          brukerKlikk.klikketPaa ? null : element("span.skjult", {}, "Ikke besøkt"),
          ...(type === "Kalenderavtale" ? moetelinjer(notifikasjon, idag) : []),
          visTid ? element("span.tid", {}, somTid(opprettet, idag)) : null,
          merket,
        ),
      ),
    ];
    const kan = trygg(lenke);
    const varsel = element(
      kan ? "a.varsel" : "button.varsel", // without a place to go it can still be read, and marked so
      kan ? { href: lenke } : { type: "button" },
      element("span.innhold", {}, ...innhold),
      kan ? ikon("pil") : null,
    );
    varsel.classList.toggle("ulest", !brukerKlikk.klikketPaa);
    varsel.classList.toggle("gjoeremaal", Boolean(gjoeremaal));
    varsel.classList.toggle("graa", Boolean(graa));
    return element("article", { "aria-labelledby": tekst.id, "data-id": notifikasjon.id }, varsel);
  }

  const idAv = (varsel) => varsel.closest("article").dataset.id;

  function moetelinjer({ startTidspunkt, sluttTidspunkt, lokasjon, digitalt }, idag) {
    const start = oslo(startTidspunkt);
    const sted = lokasjon && [lokasjon.adresse, `${lokasjon.postnummer} ${lokasjon.poststed}`.trim()];
    return [
      start && element("span.moete", {}, somMoete(start, oslo(sluttTidspunkt), idag)),
      digitalt ? element("span.sted", {}, ikon("kamera"), "Digitalt møte") : null,
      sted?.some(Boolean) ? element("span.sted", {}, ikon("sted"), sted.filter(Boolean).join(", ")) : null,
    ];
  }

  // `medium` is the reader's own size; a page may have made anything of its rem, so the rest is in em and px.
  const STIL = new CSSStyleSheet();
  STIL.replaceSync(`
    :host {
      --tekst: #23262a; --svak: #525962; --blaa: #0067c5; --moerk: #004367; --linje: #cfd3d8; --flate: #fff;
      display: inline-block; position: relative; color: var(--tekst); color-scheme: light;
      font: 400 medium/1.25 "Source Sans 3", "Source Sans Pro", -apple-system, "Segoe UI", Roboto, Arial, sans-serif;
      text-align: left;
    }
    :host([hidden]), [hidden] { display: none !important; }
    *, *::before { box-sizing: border-box; }
    button, select, input { font: inherit; color: inherit; margin: 0; }
    button { cursor: pointer; }
    .ikon { display: block; flex: none; fill: currentColor; fill-rule: evenodd; width: 24px; height: 24px; }
    .skjult { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

    .knapp {
      position: relative; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 2px;
      min-width: 80px; height: 64px; padding: 4px 12px; border: 2px solid var(--blaa); border-radius: 4px;
      background: var(--flate); color: var(--blaa); font-weight: 600;
    }
    .knapp .ikon { width: 28px; height: 28px; transform-origin: 50% 10%; }
    .knapp:hover { background: #e6f0ff; }
    .knapp.nye { background: var(--blaa); color: #fff; }
    .knapp.nye:hover { background: #0056b4; border-color: #0056b4; }
    .knapp[aria-expanded=true] { background: #cce1ff; color: var(--moerk); border-color: var(--moerk); }
    .knapp:focus-visible, .lukk:focus-visible, .topp a:focus-visible, .sil :focus-visible {
      outline: 3px solid var(--moerk); outline-offset: 2px;
    }
    .antall {
      position: absolute; top: -8px; right: -8px; pointer-events: none; min-width: 24px; height: 24px; padding: 0 5.6px;
      border-radius: 12px; background: #c30000; color: #fff; box-shadow: 0 0 0 2px #fff;
      font-size: 14px; font-weight: 700; line-height: 24px; text-align: center;
    }

    .panel {
      position: absolute; z-index: 1000; top: calc(100% + 8px); right: 0; width: 480px;
      max-height: max(240px, min(616px, calc(100dvh - var(--topp, 96px) - 16px)));
      display: flex; flex-direction: column; border: 2px solid var(--moerk); border-radius: 4px; background: #fff;
      box-shadow: 0 4px 16px rgb(0 22 48 / .2); overflow: hidden;
    }
    .panel.venstre { right: auto; left: 0; }
    .panel:focus { outline: none; }
    .topp {
      flex: none; display: flex; align-items: center; gap: 4px 16px; min-height: 60px; padding: 8px 8px 8px 24px;
      border-bottom: 1px solid var(--linje);
    }
    h2 { margin: 0; font-size: 1.25em; font-weight: 600; line-height: 1.4; }
    .topp a { display: flex; align-items: center; gap: 4px; color: #0056b4; text-underline-offset: .15em; }
    .topp a:hover { text-decoration-thickness: 2px; }
    .topp a .ikon { width: 18px; height: 18px; }
    .lukk {
      margin-left: auto; width: 44px; height: 44px; padding: 0; display: grid; place-items: center;
      border: 0; border-radius: 4px; background: none; color: var(--svak);
    }
    .lukk:hover { background: #ecedef; color: var(--tekst); }
    .sil {
      flex: none; display: flex; flex-wrap: wrap; align-items: center; padding: 8px 16px 8px 24px;
      border-bottom: 1px solid var(--linje);
    }
    select, input {
      flex: 1; min-width: 0; height: 40px; margin-left: 12px; padding: 0 8px; border: 1px solid; border-radius: 4px;
      background: #fff;
    }
    .sil > :not(:empty):last-child { width: 100%; margin-top: 8px; color: var(--svak); font-size: .875em; }
    .rull { flex: 1 1 auto; overflow-y: auto; overscroll-behavior: contain; }

    .beskjeder:not(:empty) { display: grid; gap: 12px; padding: 16px; border-bottom: 1px solid var(--linje); }
    .boks {
      display: flex; gap: 12px; padding: 12px 16px; border: 1px solid #c30000; border-radius: 4px; background: #ffc2c2;
      line-height: 1.5;
    }
    .boks .ikon { color: #c30000; }
    .tom {
      display: grid; justify-items: center; gap: 8px; padding: 40px 32px 48px; color: var(--svak); text-align: center;
      line-height: 1.5;
    }
    .tom strong { color: var(--tekst); font-size: 1.125em; font-weight: 600; }
    .tom .ikon { width: 40px; height: 40px; color: #99a1ab; }
    .spinner {
      width: 32px; height: 32px; border: 3px solid #ccd4dd; border-top-color: var(--blaa); border-radius: 50%;
      animation: snurr 1s linear infinite;
    }

    article + article { border-top: 1px solid var(--linje); }
    .varsel {
      position: relative; display: flex; align-items: center; gap: 12px; width: 100%; padding: 18px 16px 20px 24px;
      border: 0; background: var(--flate); color: inherit; text-align: left; text-decoration: none;
    }
    .varsel.gjoeremaal::before { content: ""; position: absolute; inset: 0 auto 0 0; width: 8px; background: #ffd799; }
    .varsel.graa { --flate: #f7f7f8; --tekst: var(--svak); color: var(--svak); }
    .varsel:hover { --flate: #f0f3f6; }
    .varsel:focus { --flate: #e6f0ff; outline: none; }
    .varsel:focus-visible { outline: 2px solid #000; outline-offset: -2px; }
    .innhold { display: block; flex: 1; min-width: 0; overflow-wrap: anywhere; }
    .innhold > span, .linjer > span:not(.merke, .sted, .skjult) { display: block; }
    .virksomhet { text-transform: uppercase; font-size: .9375em; letter-spacing: .01em; }
    .sak { margin-top: 4px; font-size: 1.125em; line-height: 1.35; }
    .ulest .sak { font-weight: 700; }
    .tillegg { margin-top: 2px; }
    .innhold > .rad { display: flex; gap: 12px; margin-top: 8px; }
    .linjer { flex: 1; min-width: 0; padding-top: 2px; }
    .ulest .tekst { font-weight: 600; }
    .moete { margin-top: 4px; font-size: 1.125em; line-height: 1.35; font-weight: 600; }
    .sted { display: flex; gap: 6px; margin-top: 4px; }
    .sted .ikon { width: 18px; height: 18px; margin-top: 1px; color: var(--svak); }
    .tid { margin-top: 6px; font-size: .875em; line-height: 1.4; color: var(--svak); }
    .merke {
      display: flex; align-items: flex-start; gap: 4px; width: fit-content; margin-top: 8px; padding: 2px 6px;
      border: 1px solid; border-radius: 2px; line-height: 1.2; color: #23262a;
    }
    .merke .ikon { width: 18px; height: 18px; }
    .advarsel { background: #ffeccc; border-color: #c77300; }
    .suksess { background: #ccf1d6; border-color: #06893a; }
    .info { background: #d8f9ff; border-color: #368da8; }
    .merke.feil { background: #ffc2c2; border-color: #c30000; }
    .noeytral { background: rgb(18 43 68 / .08); border-color: rgb(2 20 49 / .49); }
    .ferdig { background: #e3f4e8; border-color: #4b9467; }
    .farge-blaa { color: #236b7d; }
    .farge-oransje { color: #c77300; }
    .farge-graa { color: #5d636c; }
    .varsel > .pil { width: 20px; height: 20px; }

    @media (max-width: 768px), (max-height: 600px) and (orientation: landscape) {
      .panel, .panel.venstre { position: fixed; inset: 0; width: auto; max-height: none; border-radius: 0; }
    }
    @media (prefers-reduced-motion: no-preference) {
      .varsel > .pil { transition: transform .15s; }
      .varsel:hover > .pil { transform: translateX(25%); }
      .panel { animation: vis .12s ease-out; }
      .ringer .ikon { animation: sving 1s ease-in-out; }
      .ringer + .antall { animation: sprett .3s .7s ease-out backwards; }
    }
    @media (prefers-reduced-motion: reduce) { .spinner { animation: none; } }
    @media (forced-colors: active) {
      .antall, .merke, .varsel.gjoeremaal::before { border: 1px solid; forced-color-adjust: none; }
    }
    @keyframes snurr { to { transform: rotate(1turn); } }
    @keyframes vis { from { opacity: 0; transform: translateY(-4px); } }
    @keyframes sving { 15%, 55% { transform: rotate(20deg); } 35%, 75% { transform: rotate(-20deg); } }
    @keyframes sprett { from { transform: scale(0); } }
  `);

  // ── The element ──────────────────────────────────────────────────────────────────────────────────────────────────

  class NotifikasjonBjelle extends HTMLElement {
    static observedAttributes = ["saksoversikt"];

    #liste = null; // what the server said last; null until it has said anything
    #feilAltinn = false;
    #feilDigiSyfo = false;
    #sistLest = null;
    #utlogget = false;
    #mislykkede = 0; // looks in a row that failed
    #forskyvning = 0; // ms from this browser's clock to the one that `hentTid` tells
    #token = null;
    #paagaar = null; // the look under way
    #timer = 0;
    #spurt = 0; // when the last look that succeeded began
    #monitor = null; // address of the stream, if the server has one
    #linje = null; // AbortController, while we have the stream or stand in the queue of tabs for it
    #kanal = null; // between tabs
    #hoert = 0; // when the stream last said something to any of them
    #nei = 0; // times in a row that there was none to be had
    #ikkeFoer = 0; // when to ask again
    #snart = 0;
    #lyttere = null;
    #filter = "";
    #husket = true; // and not chosen on this page
    #valgt = null; // id of the notification that Tab goes to
    #tegnet = new Map(); // id → {signatur, artikkel}: what is unchanged stays the same node, and keeps focus and place

    #antall = element("span.antall", { hidden: "", "aria-hidden": "true" });
    #knapp = element(
      "button.knapp",
      { type: "button", "aria-expanded": "false", "aria-controls": "panel", "aria-haspopup": "dialog" },
      ikon("bjelle"),
      element("span", {}, "Varsler"),
    );
    #melding = element("span.skjult", { role: "status" });
    #saker = element("a", { hidden: "" }, "Søk og filtrer på alle saker", ikon("ut"));
    #kryss = element("button.lukk", { type: "button", "aria-label": "Lukk" }, ikon("kryss"));
    #velger = element("select", { "aria-label": "Virksomhet" });
    #soek = element("input", {
      type: "search",
      "aria-label": "Virksomhet, navn eller nummer",
      placeholder: "Alle virksomheter",
    });
    #utvalg = element("span", { role: "status" });
    #sil = element("div.sil", {}, "Virksomhet", this.#velger, this.#soek, this.#utvalg);
    #beskjeder = element("div.beskjeder", { role: "status" });
    #status = element("div.tom", { role: "status" });
    #feed = element("div", { role: "feed", "aria-labelledby": "tittel" });
    #panel = element(
      "div.panel",
      { id: "panel", role: "dialog", "aria-labelledby": "tittel", tabindex: "-1", hidden: "" },
      element("div.topp", {}, element("h2", { id: "tittel" }, "Varsler"), this.#saker, this.#kryss),
      this.#sil,
      element("div.rull", {}, this.#beskjeder, this.#status, this.#feed),
    );

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [STIL];
      this.shadowRoot.append(element("div", { lang: "nb" }, this.#knapp, this.#antall, this.#melding, this.#panel));

      this.#knapp.addEventListener("click", () => (this.aapen ? this.#lukk() : this.#aapne()));
      this.#knapp.addEventListener("animationend", () => this.#knapp.classList.remove("ringer"));
      this.#kryss.addEventListener("click", () => this.#lukk());
      minne((lager) => (this.#filter = lager[FILTER] ?? ""));
      for (const felt of [this.#velger, this.#soek]) felt.addEventListener("input", () => this.#filtrer(felt.value));
      this.#panel.addEventListener("keydown", (event) => this.#tast(event));
      this.#feed.addEventListener("focusin", (event) => this.#velg(idAv(event.target)));
      for (const klikk of ["click", "auxclick"]) {
        this.#feed.addEventListener(klikk, (event) => this.#klikk(event));
      }
    }

    get aapen() {
      return !this.#panel.hidden;
    }

    attributeChangedCallback() {
      const adresse = this.getAttribute("saksoversikt");
      this.#saker.hidden = adresse === null || !trygg(adresse);
      if (this.#saker.hidden) this.#saker.removeAttribute("href");
      else this.#saker.setAttribute("href", adresse);
    }

    connectedCallback() {
      this.#lyttere = new AbortController();
      const { signal } = this.#lyttere;
      const utenfor = (event) => this.aapen && !event.composedPath().includes(this) && this.#lukk({ fokus: false });
      document.addEventListener("click", utenfor, { signal, capture: true });
      document.addEventListener("keydown", (event) => event.key === "Escape" && this.aapen && this.#lukk(), { signal });
      document.addEventListener("visibilitychange", () => (document.hidden ? this.#slipp() : this.#hent()), { signal });
      window.addEventListener("online", () => this.#hent(), { signal });
      this.#tegn();
      this.#hent();
    }

    disconnectedCallback() {
      this.#lyttere.abort();
      this.#slipp();
      this.#kanal?.close();
      this.#kanal = null;
      clearTimeout(this.#timer);
      this.#lukk({ fokus: false });
    }

    // ── Talking to the server ──────────────────────────────────────────────────────────────────────────────────────

    /** Look at the server once, then again in a while; not while the page is hidden, and never after log-out. */
    #hent() {
      clearTimeout(this.#timer);
      if (document.hidden || this.#utlogget || !this.isConnected) return Promise.resolve();
      this.#paagaar ??= this.#hentEnGang().finally(() => {
        this.#paagaar = null;
        this.#tegn();
        this.#planlegg(this.#pause());
        if (this.#utlogget) this.#slipp();
        else if (!this.#mislykkede) this.#lytt();
      });
      return this.#paagaar;
    }

    #planlegg(pause_s) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#hent(), pause_s * 1000);
    }

    async #hentEnGang() {
      const spurt = Date.now();
      try {
        const [data] = await Promise.all([this.#spoer("hentNotifikasjoner", HENT), this.#stillKlokka()]);
        const { notifikasjoner: svar, notifikasjonerSistLest: lest } = data;
        this.#liste = svar.notifikasjoner;
        this.#feilAltinn = svar.feilAltinn;
        this.#feilDigiSyfo = svar.feilDigiSyfo;
        // Never backwards: an answer that was under way when the bell opened knows less than we do.
        if (lest.tidspunkt && !(this.#sistLest && senere(this.#sistLest, lest.tidspunkt))) {
          this.#sistLest = lest.tidspunkt;
        }
        this.#mislykkede = 0;
        this.#spurt = spurt;
      } catch (feil) {
        this.#utlogget ||= feil instanceof Utlogget;
        this.#mislykkede += 1;
      }
    }

    async #stillKlokka() {
      try {
        const tid = await this.hentTid?.();
        this.#forskyvning = tid ? tid - Date.now() : 0;
      } catch {
        // The clock that was right a minute ago is good enough for "i dag".
      }
    }

    #pause() {
      const valgt = Number(this.getAttribute("intervall"));
      const intervall = valgt > 0 ? valgt : INTERVALL_S;
      if (!this.#mislykkede) return Date.now() - this.#hoert < STILLE_MS ? 5 * intervall : intervall;
      const pause = Math.min(Math.min(FOERSTE_PAUSE_S, intervall) * 2 ** (this.#mislykkede - 1), 5 * intervall);
      return pause * (0.8 + 0.4 * Math.random()); // or every bell would be back in the same second
    }

    /** The data of one operation. Raises Utlogget on 401 and something else on any other failure. */
    async #spoer(operationName, query, variables = {}, { keepalive = false } = {}) {
      // A click must be on its way before the page is left, so it makes do with the token of the last look.
      if (this.hentToken && !keepalive) this.#token = await this.hentToken();
      const svar = await fetch(this.getAttribute("api") ?? "/bruker/api/graphql", {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          ...this.#bevis(),
        },
        body: JSON.stringify({ operationName, query, variables }),
        keepalive,
        signal: keepalive ? null : AbortSignal.timeout(SVARFRIST_MS),
      });
      if (svar.status === 401) throw new Utlogget();
      if (!svar.ok) throw new Error(`${operationName}: status ${svar.status}`);
      const monitor = /<([^>]*)>; rel="monitor"/.exec(svar.headers.get("Link"));
      this.#monitor = monitor && new URL(monitor[1], svar.url).href;
      const { data, errors } = await svar.json();
      if (errors?.length || !data) throw new Error(`${operationName}: ${errors?.[0]?.message}`);
      return data;
    }

    #bevis() {
      return this.#token && { Authorization: `Bearer ${this.#token}` };
    }

    /** Everything in the list has now been seen. Sist lest only moves forward, also if what was newest is deleted. */
    #merkLest() {
      const nyest = this.#liste?.find(({ sorteringTidspunkt }) => sorteringTidspunkt)?.sorteringTidspunkt;
      if (!nyest || (this.#sistLest && !senere(nyest, this.#sistLest))) return;
      this.#sistLest = nyest;
      // If it fails, the number comes back at the next page load; nothing to trouble the reader with.
      this.#spoer("notifikasjonerSistLest", SIST_LEST, { tidspunkt: nyest }, { keepalive: true }).catch(() => {});
    }

    #klikk(event) {
      const varsel = event.target.closest(".varsel");
      if (!varsel || event.button > 1) return; // the middle button opens a tab, the right one a menu
      const notifikasjon = this.#liste.find(({ id }) => id === idAv(varsel));
      notifikasjon.brukerKlikk.klikketPaa = true;
      this.#spoer("NotifikasjonKlikketPaa", KLIKK, { id: notifikasjon.id }, { keepalive: true }).catch(() => {});
      // Afterwards: the browser is still to follow the link of the node that was clicked.
      setTimeout(() => {
        this.#tegn();
        // A link within this page would lead to something behind a panel that covers it.
        if (varsel.hash && getComputedStyle(this.#panel).position === "fixed") this.#lukk({ fokus: false });
      });
    }

    // ── Live update ────────────────────────────────────────────────────────────────────────────────────────────────

    /** Hold the stream when no other tab does: a browser has six connections to a server. */
    async #lytt() {
      const adresse = this.#monitor;
      if (!adresse || this.#linje || Date.now() < this.#ikkeFoer) return;
      if (this.hasAttribute("uten-stroem") || document.hidden || !this.isConnected) return;
      const linje = (this.#linje = new AbortController());
      const navn = `notifikasjon-bjelle ${adresse}`;
      let pause = 1 + 5 * Math.random(); // all bells hear that a server stops
      try {
        const motta = () => this.#motta(linje, adresse);
        if (navigator.locks) {
          this.#kanal ??= new BroadcastChannel(navn);
          this.#kanal.onmessage = ({ data }) => this.#hoer(data);
          await navigator.locks.request(navn, { signal: linje.signal }, motta);
        } else {
          await motta();
        }
      } catch {} // nothing is lost: the next look comes later
      if (this.#linje !== linje) return; // let go of
      this.#linje = null;
      this.#hoert = 0;
      if (this.#nei) {
        pause = this.#pause();
        this.#ikkeFoer = Date.now() + pause * 500 * 2 ** Math.min(this.#nei, 6);
      }
      this.#planlegg(pause);
    }

    async #motta(linje, adresse) {
      this.#nei += 1;
      const svar = await fetch(adresse, {
        headers: { Accept: "text/event-stream", ...this.#bevis() },
        signal: linje.signal,
      });
      if (svar.status !== 200) return; // 204: not now
      this.#nei = 0;
      if (Date.now() - this.#spurt > OVERLAPP_MS) this.#hent();
      const leser = svar.body.pipeThrough(new TextDecoderStream()).getReader();
      let tekst = "";
      for (;;) {
        const vakt = setTimeout(() => linje.abort(), STILLE_MS);
        const { done, value } = await leser.read().finally(() => clearTimeout(vakt));
        if (done) return;
        tekst += value;
        const endret = tekst.includes("event: endret\n");
        if (endret) tekst = "";
        this.#hoer(endret);
        this.#kanal?.postMessage(endret);
      }
    }

    #hoer(endret) {
      this.#hoert = Date.now();
      if (!endret || this.#snart) return;
      const spredt = 50 + 300 * Math.random(); // ms, or all bells would ask at once
      this.#snart = setTimeout(async () => {
        await this.#paagaar; // a look that is under way may not have seen it
        this.#snart = 0;
        this.#hent();
      }, spredt);
    }

    #slipp() {
      this.#linje?.abort();
      this.#linje = null;
      this.#hoert = 0;
    }

    // ── Opening, closing, keys ─────────────────────────────────────────────────────────────────────────────────────

    #aapne() {
      this.#merkLest();
      this.#valgt = null;
      this.#panel.hidden = false;
      this.#knapp.setAttribute("aria-expanded", "true");
      const { bottom, right } = this.getBoundingClientRect();
      this.#panel.style.setProperty("--topp", `${Math.round(bottom + 8)}px`);
      this.#panel.classList.toggle("venstre", right < this.#panel.offsetWidth);
      this.#panel.querySelector(".rull").scrollTop = 0;
      this.#tegn();
      this.#fokuserFoerste();
      this.#hent().then(() => {
        if (!this.aapen) return;
        this.#merkLest(); // what came with this look is seen as well
        this.#tegn();
        if (this.shadowRoot.activeElement === this.#panel) this.#fokuserFoerste();
      });
    }

    #lukk({ fokus = true } = {}) {
      if (!this.aapen) return;
      this.#panel.hidden = true;
      this.#knapp.setAttribute("aria-expanded", "false");
      if (fokus) this.#knapp.focus();
    }

    #varsler() {
      return [...this.#feed.querySelectorAll(".varsel")];
    }

    #fokuserFoerste() {
      (this.#varsler()[0] ?? this.#panel).focus({ preventScroll: true });
    }

    /** One notification at a time is a stop for Tab; the arrows go between them. */
    #velg(id) {
      this.#valgt = id;
      for (const varsel of this.#varsler()) varsel.tabIndex = idAv(varsel) === id ? 0 : -1;
    }

    #tast(event) {
      const varsler = this.#varsler();
      const aktiv = this.shadowRoot.activeElement;
      const her = varsler.indexOf(aktiv);
      let maal;
      if (aktiv === this.#soek && event.key === "Escape" && aktiv.value) {
        event.stopPropagation(); // the first empties the field, the second closes the panel
        event.preventDefault();
        this.#filtrer("");
      }
      if (event.key === "Tab") {
        const sil = this.#sil.hidden ? null : this.#soek.hidden ? this.#velger : this.#soek;
        const stopp = [this.#saker, this.#kryss, sil, varsler.find((varsel) => varsel.tabIndex === 0)];
        const synlige = stopp.filter((et) => et && !et.hidden);
        const naa = synlige.indexOf(aktiv);
        const neste = event.shiftKey ? (naa < 0 ? -1 : naa - 1) : naa + 1;
        maal = synlige.at(neste % synlige.length);
      } else {
        if (this.#sil.contains(aktiv)) return;
        const siste = varsler.length - 1;
        const neste = { ArrowDown: her + 1, ArrowUp: Math.max(her - 1, 0), Home: 0, End: siste }[event.key];
        if (neste === undefined) return;
        maal = varsler[Math.min(neste, siste)];
      }
      event.preventDefault();
      maal?.focus();
    }

    // ── Drawing what is known ──────────────────────────────────────────────────────────────────────────────────────

    #tegn() {
      const naa = new Date(Date.now() + this.#forskyvning);
      const synlige = (this.#liste ?? []).filter((notifikasjon) => utseende(notifikasjon, naa));
      this.#tegnKnapp(synlige);
      if (!this.aapen) return;
      const utvalg = this.#tegnSil(synlige);
      this.#tegnBeskjeder(utvalg, synlige.length);
      this.#tegnFeed(utvalg, naa);
    }

    #filtrer(filter) {
      this.#filter = filter;
      this.#husket = false;
      minne((lager) => (lager[FILTER] = filter));
      this.#tegn();
    }

    /** The filter, when the list is long and of several virksomheter. Returns what it lets through. */
    #tegnSil(synlige) {
      const tekst = ({ virksomhet: v }) => `${v.navn} ${v.virksomhetsnummer}`.trim();
      const navn = new Map(synlige.map((et) => [et.virksomhet.virksomhetsnummer, tekst(et)]));
      const soek = navn.size > FLERE;
      const rens = (ord) => ord.toLowerCase().replace(/\s/g, ""); // numbers are written in threes, too
      const slippes = (et) => rens(tekst(et)).includes(rens(this.#filter));
      this.#sil.hidden = navn.size < 2 || synlige.length <= FAA;
      // What is remembered may be another person's, or gone; what is being typed need not fit yet.
      const passer = soek ? !this.#husket || synlige.some(slippes) : navn.has(this.#filter);
      if (synlige.length && (this.#sil.hidden || !passer)) this.#filter = "";
      this.#velger.hidden = soek;
      this.#soek.hidden = !soek;
      const valg = [...navn].sort(([, a], [, b]) => a.localeCompare(b, "nb"));
      sett(this.#velger, [["", "Alle virksomheter"], ...valg], ([value, tekst]) => element("option", { value }, tekst));
      this.#velger.value = this.#soek.value = this.#filter;
      const utvalg = this.#filter ? synlige.filter(slippes) : synlige;
      this.#utvalg.textContent = this.#filter && `Viser ${utvalg.length} av ${synlige.length} varsler`;
      return utvalg;
    }

    #tegnKnapp(synlige) {
      const nye = synlige.filter(
        ({ __typename: type, tilstand, sorteringTidspunkt }) =>
          !this.#sistLest || (senere(sorteringTidspunkt, this.#sistLest) && (type !== "Oppgave" || tilstand === "NY")),
      ).length;
      const foer = Number(this.#knapp.dataset.nye ?? 0);
      if (this.#liste) {
        const tekst = nye === 0 ? "ingen nye" : nye === 1 ? "1 nytt" : `${nye} nye`;
        this.#knapp.setAttribute("aria-label", `Varsler, ${tekst}`);
        if (nye > foer) {
          this.#knapp.classList.add("ringer");
          // Not at the first look: the button says it to those who come to it.
          if ("nye" in this.#knapp.dataset) this.#melding.textContent = `Varsler, ${tekst}`;
        }
        this.#knapp.dataset.nye = nye;
      }
      this.#knapp.classList.toggle("nye", nye > 0);
      this.#antall.hidden = nye === 0;
      this.#antall.textContent = nye > 9 ? "9+" : nye;
    }

    #tegnBeskjeder(synlige, alle) {
      const tekster = [
        this.#utlogget && UTLOGGET,
        !this.#utlogget && this.#mislykkede > 0 && (this.#liste ? NETTFEIL : NETTFEIL_TOM),
        this.#feilAltinn && FEIL_ALTINN,
        this.#feilDigiSyfo && FEIL_DIGISYFO,
      ].filter(Boolean);
      sett(this.#beskjeder, tekster, (tekst) => element("div.boks", {}, ikon("feil"), element("span", {}, tekst)));

      const laster = !this.#liste && !tekster.length;
      const tom = this.#liste && !synlige.length;
      this.#feed.setAttribute("aria-busy", String(laster));
      this.#feed.hidden = !synlige.length;
      this.#status.hidden = !laster && !tom;
      sett(this.#status, [laster ? "laster" : tom ? `tom ${tekster.length} ${alle}` : ""], () => {
        if (alle && tom) return [element("strong", {}, "Ingen treff"), "Prøv et annet navn eller nummer."];
        if (laster) return [element("span.spinner"), element("span", {}, "Henter varsler …")];
        if (!tom) return [];
        // With an error above we do not know that there will be nothing.
        const forklaring = "Beskjeder, oppgaver og møter som gjelder virksomhetene dine, kommer hit.";
        return [
          ikon("bjelle"),
          element("strong", {}, "Ingen varsler"),
          tekster.length ? null : element("span", {}, forklaring),
        ];
      });
    }

    #tegnFeed(synlige, naa) {
      const aktiv = this.shadowRoot.activeElement;
      const plass = this.#varsler().indexOf(aktiv);
      const foer = this.#tegnet;
      this.#tegnet = new Map();
      for (const notifikasjon of synlige) {
        const { id, startTidspunkt } = notifikasjon;
        const signatur = JSON.stringify([notifikasjon, oslo(naa).nummer, new Date(startTidspunkt) < naa]);
        const gammel = foer.get(id);
        this.#tegnet.set(
          id,
          gammel?.signatur === signatur ? gammel : { signatur, artikkel: tegnNotifikasjon(notifikasjon, naa) },
        );
      }

      // Removed before anything is inserted: to move a node is to take the focus from it.
      const artikler = [...this.#tegnet.values()].map(({ artikkel }) => artikkel);
      const beholdes = new Set(artikler);
      for (const artikkel of [...this.#feed.children]) if (!beholdes.has(artikkel)) artikkel.remove();
      artikler.forEach((artikkel, nummer) => {
        const her = this.#feed.children[nummer] ?? null;
        if (her !== artikkel) this.#feed.insertBefore(artikkel, her);
        artikkel.setAttribute("aria-posinset", nummer + 1);
        artikkel.setAttribute("aria-setsize", artikler.length);
      });

      const varsler = this.#varsler();
      const naermest = varsler[Math.min(Math.max(plass, 0), varsler.length - 1)];
      const valgt = varsler.find((varsel) => idAv(varsel) === this.#valgt) ?? naermest;
      this.#velg(valgt && idAv(valgt));
      // The node that had the focus may be another now, or gone.
      if (plass >= 0 && this.shadowRoot.activeElement !== aktiv) (valgt ?? this.#panel).focus({ preventScroll: true });
    }
  }

  function minne(bruk) {
    try {
      bruk(sessionStorage);
    } catch {} // the host page may have none
  }

  /** Fill a live region only when what it says has changed, or a screen reader would say it again at every look. */
  function sett(region, innhold, tegn) {
    const signatur = JSON.stringify(innhold);
    if (region.dataset.signatur === signatur) return;
    region.dataset.signatur = signatur;
    region.replaceChildren(...innhold.flatMap(tegn).filter(Boolean));
  }

  if (!customElements.get("notifikasjon-bjelle")) customElements.define("notifikasjon-bjelle", NotifikasjonBjelle);
})();
