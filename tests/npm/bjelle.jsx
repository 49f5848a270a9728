/* A page with the React bell, as a front end on the platform has it. */
import "@navikt/ds-css";
import "@navikt/arbeidsgiver-notifikasjon-widget/lib/esm/index.css";
import { NotifikasjonWidget } from "@navikt/arbeidsgiver-notifikasjon-widget";
import { createRoot } from "react-dom/client";

createRoot(document.getElementById("bjelle")).render(
  <NotifikasjonWidget miljo="local" apiUrl="/bruker/api/graphql" />,
);
