// Apollo Server 5, started the way its documentation begins with, on our SDL:
//
//   node apollo.mjs bruker bruker.graphql svar.json     the bell: constants, an answer that the service has given
//   node apollo.mjs produsent produsent.graphql         nyBeskjed into a Map: nothing is on any disk

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";

const [api, sdl, svar] = process.argv.slice(2);

function bruker() {
  const { notifikasjoner } = JSON.parse(readFileSync(svar, "utf8")).data;
  return { Query: { notifikasjoner: () => notifikasjoner } };
}

function produsent() {
  const beskjeder = new Map();
  return {
    Mutation: {
      nyBeskjed(_, { nyBeskjed }) {
        const { merkelapp } = nyBeskjed.notifikasjon;
        const noekkel = JSON.stringify([merkelapp, nyBeskjed.metadata.eksternId]);
        const kjent = beskjeder.get(noekkel);
        if (kjent) {
          return {
            __typename: "DuplikatEksternIdOgMerkelapp",
            feilmelding: `Det finnes en annen notifikasjon med merkelapp ${merkelapp} og denne eksternId`,
            idTilEksisterende: kjent.id,
          };
        }
        const id = randomUUID();
        beskjeder.set(noekkel, { id, opprettet: new Date(), ...nyBeskjed });
        return { __typename: "NyBeskjedVellykket", id, eksterneVarsler: [] };
      },
    },
  };
}

const server = new ApolloServer({
  typeDefs: readFileSync(sdl, "utf8"),
  resolvers: api === "bruker" ? bruker() : produsent(),
  stopOnTerminationSignals: false,
});
const { url } = await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: 0 } });
console.error(`ready at http://localhost:${new URL(url).port}`);
