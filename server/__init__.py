"""What runs on the server: flat modules that import only from the lines below their own (tests/test_layout.py).

utvikling  verb                               the development surface; the command line
fordeler                                      which thread does what
demo                                          believable data for it
web  bakgrunn                                 the front door: a request; all that happens by itself
maaling                                       what is measured
produsent  bruker                             the two contracts: a table from field to function, beside its SDL
sletting  saksoversikt                        deleting; saksoversikten
kalenderavtale  oppgave  beskjed  bjelle      the three kinds of notifikasjon; what the bell shows
notifikasjoner                                what the three share
saker
paaminnelse  kontaktregister
varsling  naermeste_leder
utboks  smtp  gateway  altinn3                the channels; kontaktregister is one more
register  tilgang                             who may call, who may see
inndata  altinn  innlogging  besvarte_kall    what may be said, neighbours, who is calling
graphql_api  worker  texas                    from a document to an answer; the clock's threads
graphql_feil  plan  hendelse  identitet
argumenter
database  sendevindu
config  feil  tid  log  rader  kanal          import nothing of ours
"""
