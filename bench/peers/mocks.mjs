// A stand-in for the two mocks that people run beside their programs today: apollo-server-express 3 on express 4, and the
// `mocks` of Apollo Server 3, which make up an answer from the SDL, keep it, and give it again to the same question.
// Written by us, in the shape of theirs.
//
//   node mocks.mjs bruker.graphql       the bell: ten made-up notifikasjoner
//   node mocks.mjs produsent.graphql    every nyBeskjed is a success

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { ApolloServer } from "apollo-server-express";
import express from "express";

const ORD = ["inntektsmelding", "sykefravær", "refusjon", "dialogmøte", "tilskudd", "søknad", "mottatt", "behandles"];

const heltall = (grense) => Math.floor(Math.random() * grense);
const en = (liste) => liste[heltall(liste.length)];
const tekst = (antall) => Array.from({ length: antall }, () => en(ORD)).join(" ");
const dager = (antall) => new Date(Date.now() + (heltall(2 * antall) - antall) * 86_400_000);

const mocks = {
  Int: () => heltall(1000),
  String: () => tekst(5),
  ISO8601DateTime: () => dager(30).toISOString(),
  ISO8601Date: () => dager(30).toISOString().slice(0, 10),
  Virksomhet: () => ({ navn: `${en(ORD)} AS`, virksomhetsnummer: String(300_000_000 + heltall(1_000_000)) }),
  NotifikasjonerResultat: () => ({ notifikasjoner: [...new Array(10)], feilAltinn: false, feilDigiSyfo: false }),
  NyBeskjedResultat: () => ({ __typename: "NyBeskjedVellykket" }),
};

const app = express();
const apollo = new ApolloServer({
  typeDefs: readFileSync(process.argv[2], "utf8"),
  mocks,
  cache: "bounded",
  stopOnTerminationSignals: false,
});
await apollo.start();
apollo.applyMiddleware({ app, path: "/" });
const server = createServer(app).listen(0, "127.0.0.1", () => {
  console.error(`ready at http://localhost:${server.address().port}`);
});
