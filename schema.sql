-- Every table. Instants are INTEGER microseconds since 1970 UTC, dates ISO text, ids lower-case UUID text.
-- `nr` is SQLite's row number: what tables refer to each other by; `id` is what callers see.
-- A change here needs a migration in server/database.py; a test keeps the two equal.

-- ── Keys of this database ────────────────────────────────────────────────────────────────────────────────────────────

-- Made once: the key for hashes and sessions, and the development issuer's signing key. Survives /dev/nullstill.
CREATE TABLE hemmelighet (
    navn   TEXT PRIMARY KEY,
    verdi  BLOB NOT NULL
) STRICT;

-- What is switched by hand and must survive a restart: the emergency brake, the moved test clock.
CREATE TABLE bryter (
    navn   TEXT PRIMARY KEY,
    verdi  INTEGER NOT NULL
) STRICT;

-- Who is logged in to the pages. avtrykk is the SHA-256 of who vouches for people and what the cookie holds; token is the
-- person's own, encrypted with a key that only the cookie has. Survives /dev/nullstill.
CREATE TABLE oekt (
    avtrykk             BLOB PRIMARY KEY,
    fnr                 TEXT NOT NULL,
    token               BLOB,
    utloeper_tidspunkt  INTEGER NOT NULL         -- in real time
) STRICT, WITHOUT ROWID;
CREATE INDEX oekt_utloeper ON oekt (utloeper_tidspunkt);

-- ── Access ───────────────────────────────────────────────────────────────────────────────────────────────────────────

-- One row per kind of access that some item asks for. The text is a JSON array, so that no content can imitate another key:
-- ["R",virksomhetsnummer,ressurs] | ["S",virksomhetsnummer,"code:edition"] | ["N",leder,ansatt,virksomhetsnummer]
-- AUTOINCREMENT: numbers are cached with people's access, so the number of an erased key must never come back as another.
CREATE TABLE tilgang (
    tilgang_nr  INTEGER PRIMARY KEY AUTOINCREMENT,
    noekkel     TEXT NOT NULL UNIQUE
) STRICT;

-- The embedded Altinn: its whole answer for a person, as JSON. An answer that is not understood is a failed look-up.
CREATE TABLE altinn_svar (
    fnr   TEXT PRIMARY KEY,
    svar  TEXT NOT NULL
) STRICT;

-- What an Altinn that is asked over HTTP has answered, until it is cache_s old.
CREATE TABLE altinn_mellomlager (
    fnr               TEXT PRIMARY KEY,
    par               TEXT NOT NULL,                 -- JSON: virksomhetsnummer -> [ressurs or code:edition, …]
    hentet_tidspunkt  INTEGER NOT NULL               -- real time, also when the test clock is moved
) STRICT;
CREATE INDEX altinn_mellomlager_hentet ON altinn_mellomlager (hentet_tidspunkt);

CREATE TABLE virksomhet (
    virksomhetsnummer  TEXT PRIMARY KEY,
    navn               TEXT NOT NULL
) STRICT;

-- Numbers that the register of names does not know: it is asked again after a while.
CREATE TABLE virksomhet_uten_navn (
    virksomhetsnummer  TEXT PRIMARY KEY,
    spurt_tidspunkt    INTEGER NOT NULL              -- real time
) STRICT;

-- Active relations only: a message with aktivTom removes its row. noekkel is the key in `tilgang` that it opens.
CREATE TABLE naermeste_leder (
    id                 TEXT PRIMARY KEY,
    leder_fnr          TEXT NOT NULL,
    ansatt_fnr         TEXT NOT NULL,
    virksomhetsnummer  TEXT NOT NULL,
    noekkel            TEXT NOT NULL
) STRICT;
CREATE INDEX naermeste_leder_leder ON naermeste_leder (leder_fnr);

-- ── Saker ────────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE sak (
    nr                     INTEGER PRIMARY KEY,
    id                     TEXT NOT NULL UNIQUE,
    produsent_id           TEXT NOT NULL,
    merkelapp              TEXT NOT NULL,
    grupperingsid          TEXT NOT NULL,
    virksomhetsnummer      TEXT NOT NULL,
    tittel                 TEXT NOT NULL,
    lenke                  TEXT,                 -- as created; what the producer sees
    ny_lenke               TEXT,                 -- nyLenkeTilSak; what the user sees, if given
    neste_steg             TEXT,
    tilleggsinformasjon    TEXT,
    opprettet_tidspunkt    INTEGER NOT NULL,
    sist_endret_tidspunkt  INTEGER NOT NULL,
    soeketekst             TEXT NOT NULL,        -- lower-cased in Python: SQLite folds ASCII only
    maske                  INTEGER NOT NULL DEFAULT 0,   -- which states its oppgaver have, see saker.MASKE
    slettes_tidspunkt      INTEGER,
    UNIQUE (merkelapp, grupperingsid)
) STRICT;
CREATE INDEX sak_slettes ON sak (slettes_tidspunkt) WHERE slettes_tidspunkt IS NOT NULL;

-- Who may see a sak, and all that saksoversikten sorts, filters and counts by: one scan of it answers the whole page.
CREATE TABLE sak_mottaker (
    tilgang_nr             INTEGER NOT NULL REFERENCES tilgang,
    sist_endret_tidspunkt  INTEGER NOT NULL,
    sak_nr                 INTEGER NOT NULL REFERENCES sak ON DELETE CASCADE,
    merkelapp              TEXT NOT NULL,
    maske                  INTEGER NOT NULL,
    rekkefoelge            INTEGER NOT NULL,     -- as the producer gave them
    PRIMARY KEY (tilgang_nr, sist_endret_tidspunkt DESC, sak_nr)
) STRICT, WITHOUT ROWID;
CREATE INDEX sak_mottaker_sak ON sak_mottaker (sak_nr);

CREATE TABLE sak_status (
    nr                        INTEGER PRIMARY KEY,
    id                        TEXT NOT NULL,
    sak_nr                    INTEGER NOT NULL REFERENCES sak ON DELETE CASCADE,
    status                    TEXT NOT NULL CHECK (status IN ('MOTTATT', 'UNDER_BEHANDLING', 'FERDIG')),
    overstyr_statustekst_med  TEXT,
    oppgitt_tidspunkt         INTEGER,
    mottatt_tidspunkt         INTEGER NOT NULL,
    idempotency_key           TEXT,
    UNIQUE (sak_nr, idempotency_key)             -- also finds a sak's statuses, oldest first
) STRICT;

-- merkelapp + grupperingsid of deleted saker, which can never be used again; keyed hashes, so that nothing personal stays.
CREATE TABLE slettet_sak (
    avtrykk  BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- ── Notifikasjoner ───────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE notifikasjon (
    nr                      INTEGER PRIMARY KEY,
    id                      TEXT NOT NULL UNIQUE,
    type                    TEXT NOT NULL CHECK (type IN ('Beskjed', 'Oppgave', 'Kalenderavtale')),
    produsent_id            TEXT NOT NULL,
    merkelapp               TEXT NOT NULL,
    ekstern_id              TEXT NOT NULL,
    virksomhetsnummer       TEXT NOT NULL,
    grupperingsid           TEXT,
    tekst                   TEXT NOT NULL,
    lenke                   TEXT NOT NULL,       -- what the producer sees
    ny_lenke                TEXT,                -- nyLenke of utført/utgått; what the user sees, if given
    tilstand                TEXT,                -- NULL for a beskjed
    opprettet_tidspunkt     INTEGER NOT NULL,
    paaminnelse_tidspunkt   INTEGER,             -- the planned instant of the påminnelse that has fired
    utfoert_tidspunkt       INTEGER,
    utgaatt_tidspunkt       INTEGER,
    frist                   TEXT,
    start_tidspunkt         INTEGER,
    slutt_tidspunkt         INTEGER,
    adresse                 TEXT,                -- adresse, postnummer, poststed: all or none
    postnummer              TEXT,
    poststed                TEXT,
    digitalt                INTEGER,
    slettes_tidspunkt       INTEGER,
    kan_paaminnes           INTEGER NOT NULL DEFAULT 1,   -- 0 for good once a kalenderavtale has been changed to AVLYST
    varsler_avtrykk         BLOB NOT NULL,       -- keyed hash of the varsler as ordered: tells a retry from a change
    UNIQUE (merkelapp, ekstern_id)
) STRICT;
CREATE INDEX notifikasjon_sak ON notifikasjon (merkelapp, grupperingsid) WHERE grupperingsid IS NOT NULL;
CREATE INDEX notifikasjon_frist ON notifikasjon (frist) WHERE type = 'Oppgave' AND tilstand = 'NY' AND frist IS NOT NULL;
CREATE INDEX notifikasjon_start ON notifikasjon (start_tidspunkt)
    WHERE type = 'Kalenderavtale' AND tilstand NOT IN ('AVLYST', 'AVHOLDT');
CREATE INDEX notifikasjon_slettes ON notifikasjon (slettes_tidspunkt) WHERE slettes_tidspunkt IS NOT NULL;

-- Who may see a notifikasjon, newest first within a key. sortering = the fired påminnelse's instant, else opprettet.
CREATE TABLE mottaker (
    tilgang_nr       INTEGER NOT NULL REFERENCES tilgang,
    sortering        INTEGER NOT NULL,
    notifikasjon_nr  INTEGER NOT NULL REFERENCES notifikasjon ON DELETE CASCADE,
    rekkefoelge      INTEGER NOT NULL,           -- as the producer gave them
    start_tidspunkt  INTEGER,                    -- of a kalenderavtale: the coming ones are found by it
    PRIMARY KEY (tilgang_nr, sortering DESC, notifikasjon_nr DESC)   -- in the order of the bell, so that a key is left early
) STRICT, WITHOUT ROWID;
CREATE INDEX mottaker_notifikasjon ON mottaker (notifikasjon_nr);
CREATE INDEX mottaker_start ON mottaker (tilgang_nr, start_tidspunkt) WHERE start_tidspunkt IS NOT NULL;

-- Keys that a producer has used on one item (nesteStegSak, oppgaveEndrePaaminnelse …): a repeated call changes nothing.
CREATE TABLE brukt_noekkel (
    eier_id    TEXT NOT NULL,                    -- of the sak or notifikasjon
    operasjon  TEXT NOT NULL,
    noekkel    TEXT NOT NULL,
    PRIMARY KEY (eier_id, operasjon, noekkel)
) STRICT, WITHOUT ROWID;

-- ── What people have done ────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE bruker_klikk (
    fnr              TEXT NOT NULL,
    notifikasjon_nr  INTEGER NOT NULL REFERENCES notifikasjon ON DELETE CASCADE,
    PRIMARY KEY (fnr, notifikasjon_nr)
) STRICT, WITHOUT ROWID;
CREATE INDEX bruker_klikk_notifikasjon ON bruker_klikk (notifikasjon_nr);

CREATE TABLE sist_lest (
    fnr        TEXT PRIMARY KEY,
    tidspunkt  INTEGER NOT NULL
) STRICT;

-- Filters of saksoversikten that people have named and kept. filter is JSON, see min_side.Filter.
CREATE TABLE lagret_filter (
    id      TEXT PRIMARY KEY,
    fnr     TEXT NOT NULL,
    navn    TEXT NOT NULL,
    filter  TEXT NOT NULL,
    UNIQUE (fnr, navn)
) STRICT;

-- ── Varsler and påminnelser ──────────────────────────────────────────────────────────────────────────────────────────

-- BESTILT -> UTLOEST at its tidspunkt, or ERSTATTET when it is replaced, removed or no longer wanted.
CREATE TABLE paaminnelse (
    nr               INTEGER PRIMARY KEY,
    notifikasjon_nr  INTEGER NOT NULL REFERENCES notifikasjon ON DELETE CASCADE,
    tidspunkt        INTEGER NOT NULL,
    tilstand         TEXT NOT NULL DEFAULT 'BESTILT' CHECK (tilstand IN ('BESTILT', 'UTLOEST', 'ERSTATTET')),
    ved_opprettelse  INTEGER NOT NULL            -- 1: ordered with its notifikasjon, whose retry is answered with its varsler
) STRICT;
CREATE INDEX paaminnelse_notifikasjon ON paaminnelse (notifikasjon_nr);
CREATE INDEX paaminnelse_ko ON paaminnelse (tidspunkt) WHERE tilstand = 'BESTILT';

-- One SMS, e-mail or message through Altinn. No foreign keys: what was ordered is sent although its notifikasjon is
-- deleted (hardDeleteNotifikasjon in produsent.graphql). send_etter is NULL while a påminnelse has yet to fire.
CREATE TABLE eksternt_varsel (
    nr                     INTEGER PRIMARY KEY,
    id                     TEXT NOT NULL UNIQUE,     -- also the idempotency key towards the channel
    notifikasjon_id        TEXT NOT NULL,
    paaminnelse_nr         INTEGER,                  -- the påminnelse that it belongs to
    forelder_nr            INTEGER,                  -- the varsel to "all with access" that it is one person's part of
    opphav                 TEXT NOT NULL CHECK (opphav IN ('OPPRETTELSE', 'OPPDATERING', 'PAAMINNELSE', 'KONTAKT')),
    produsent_id           TEXT NOT NULL,
    virksomhetsnummer      TEXT NOT NULL,
    kanal                  TEXT NOT NULL CHECK (kanal IN ('SMS', 'EPOST', 'ALTINNRESSURS', 'ALTINNTJENESTE')),
    mottaker               TEXT,                     -- number, address, resource or code:edition; NULL when erased
    tittel                 TEXT,
    tekst                  TEXT,                     -- of the e-mail, HTML
    sms_tekst              TEXT,
    sendevindu             TEXT NOT NULL
                           CHECK (sendevindu IN ('NKS_AAPNINGSTID', 'DAGTID_IKKE_SOENDAG', 'LOEPENDE', 'SPESIFISERT')),
    sendetidspunkt         INTEGER,                  -- for SPESIFISERT
    status                 TEXT NOT NULL DEFAULT 'NY' CHECK (status IN ('NY', 'SENDT', 'FEILET', 'KANSELLERT')),
    bestilt_tidspunkt      INTEGER NOT NULL,
    planlagt_tidspunkt     INTEGER,                  -- what the window made of it, when it was ordered or its påminnelse fired
    forsinket_fra          INTEGER,                  -- what its lateness counts from: planlagt, or moved on by a human
    send_etter             INTEGER,                  -- not before: the next attempt, or the next look for a receipt
    holdt                  INTEGER NOT NULL DEFAULT 0,   -- 1: too old to be sent unseen; waits for a human
    forsoek                INTEGER NOT NULL DEFAULT 0,
    ordre_id               TEXT,                     -- accepted by a channel that gives its receipt later
    feilkode               TEXT,
    feilmelding            TEXT,                     -- may contain addresses; erased with them
    avsluttet_tidspunkt    INTEGER
) STRICT;
CREATE INDEX eksternt_varsel_ko ON eksternt_varsel (kanal, send_etter)
    WHERE status = 'NY' AND holdt = 0 AND send_etter IS NOT NULL;
CREATE INDEX eksternt_varsel_notifikasjon ON eksternt_varsel (notifikasjon_id);
CREATE INDEX eksternt_varsel_paaminnelse ON eksternt_varsel (paaminnelse_nr) WHERE paaminnelse_nr IS NOT NULL;
CREATE INDEX eksternt_varsel_forelder ON eksternt_varsel (forelder_nr) WHERE forelder_nr IS NOT NULL;
CREATE INDEX eksternt_varsel_holdt ON eksternt_varsel (nr) WHERE holdt = 1 AND status = 'NY';
CREATE INDEX eksternt_varsel_kontaktdata ON eksternt_varsel (avsluttet_tidspunkt) WHERE mottaker IS NOT NULL;
CREATE INDEX eksternt_varsel_kvote ON eksternt_varsel (produsent_id, avsluttet_tidspunkt) WHERE status = 'SENDT';

-- One attempt to send, written before the channel is called. One without an end was cut off: nobody knows how it went.
CREATE TABLE varselforsoek (
    varsel_nr   INTEGER NOT NULL REFERENCES eksternt_varsel ON DELETE CASCADE,
    forsoek     INTEGER NOT NULL,
    startet     INTEGER NOT NULL,
    avsluttet   INTEGER,
    utfall      TEXT,                                -- OK, or the code of what went wrong
    PRIMARY KEY (varsel_nr, forsoek)
) STRICT, WITHOUT ROWID;
CREATE INDEX varselforsoek_avbrutt ON varselforsoek (varsel_nr) WHERE avsluttet IS NULL;

-- The outbox: what would have been sent, where no channel is configured.
CREATE TABLE melding (
    nr                  INTEGER PRIMARY KEY AUTOINCREMENT,
    varsel_id           TEXT NOT NULL UNIQUE,
    notifikasjon_id     TEXT NOT NULL,
    virksomhetsnummer   TEXT NOT NULL,
    kanal               TEXT NOT NULL CHECK (kanal IN ('SMS', 'EPOST', 'ALTINN')),
    mottaker            TEXT NOT NULL,
    tittel              TEXT,
    tekst               TEXT NOT NULL,               -- of the SMS, or of the e-mail (HTML)
    sms_tekst           TEXT,                        -- what Altinn sends to those without e-mail
    tidspunkt           INTEGER NOT NULL,
    vises               INTEGER NOT NULL             -- 1: people can see it and empty the outbox, so it outlives its varsel
) STRICT;
CREATE INDEX melding_mottaker ON melding (mottaker);

-- How people are reached where there is no Altinn to ask: e-mail if known, else SMS.
CREATE TABLE kontakt (
    fnr           TEXT PRIMARY KEY,
    epostadresse  TEXT,
    tlf           TEXT,
    CHECK (epostadresse IS NOT NULL OR tlf IS NOT NULL)
) STRICT;

-- ── History and retries ──────────────────────────────────────────────────────────────────────────────────────────────

-- What happened, in order. Hard delete erases the content of an aggregate's rows and leaves kind and instant.
CREATE TABLE hendelse (
    nr             INTEGER PRIMARY KEY AUTOINCREMENT,
    type           TEXT NOT NULL,
    aggregat_id    TEXT NOT NULL,
    merkelapp      TEXT,                         -- merkelapp and grupperingsid: the sak that it belongs to, if any
    grupperingsid  TEXT,
    tidspunkt      INTEGER NOT NULL,
    hvem           TEXT NOT NULL,                -- producer's id, or "system"; "bruker" for a click
    innhold        TEXT                          -- JSON; NULL when erased
) STRICT;
CREATE INDEX hendelse_aggregat ON hendelse (aggregat_id);

-- The HTTP header Idempotency-Key: the answer that was given, byte for byte, for the same body. Only the call itself can
-- open it, so nothing of what is deleted can be read here.
CREATE TABLE besvart_kall (
    produsent    TEXT NOT NULL,                  -- the calling application
    noekkel      BLOB NOT NULL,                  -- keyed hash of the header
    svar         BLOB NOT NULL,                  -- encrypted with a key that follows from header and body
    tidspunkt    INTEGER NOT NULL,
    PRIMARY KEY (produsent, noekkel)
) STRICT;
CREATE INDEX besvart_kall_tidspunkt ON besvart_kall (tidspunkt);
