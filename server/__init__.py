"""What runs on the server: flat modules that import only from the lines below their own (tests/test_layout.py).

verksted                                      the producers' workbench, of development mode
utvikling  verb  tjener                       the development surface; the command line; waitress, set up
fordeler  sider  min_side  dokumentasjon      which thread does what; the pages of who is logged in, and of the APIs
demo                                          believable data for development
web  bakgrunn                                 the front door: a request; all that happens by itself
huskede_svar                                  answers that still hold
maaling  takt                                 what is measured; how often one may call
produsent  bruker                             the two contracts: a table from field to function, beside its SDL
sletting  saksoversikt  stroem                deleting; saksoversikten; live update
kalenderavtale  oppgave  beskjed  bjelle      the three kinds of notifikasjon; what the bell shows
notifikasjoner                                what the three share
saker  tilgangsfil                            saker; access from a file
paaminnelse  kontaktregister
varsling  naermeste_leder
selvsjekk                                     settings that must not be served
utboks  smtp  gateway  altinn3                the channels; kontaktregister is one more
register  tilgang                             who may call, who may see
oekt  egen_utsteder                           the login of the pages; the issuer of development mode
altinn_tilganger  enhetsregister              neighbours that know who may see, and names
inndata  altinn  innlogging  besvarte_kall    what may be said, neighbours, who is calling
utstedere                                     whose word is taken for who somebody is
graphql_api  worker  texas                    from a document to an answer; the clock's threads
graphql_feil  plan  hendelse  identitet
argumenter  plankode
noedbrems
database  sendevindu
config  feil  tid  log  rader  kanal          import nothing of ours
"""
