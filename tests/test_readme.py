"""What the README tells a newcomer to type works as it stands."""

import re
import subprocess

from tjeneste import ROOT, Tjeneste

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_commands_of_the_readme_work_in_their_order(tjeneste: Tjeneste) -> None:
    kommandoer = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S)).replace("http://localhost:8080", tjeneste.url)
    kjoering = subprocess.run(["bash", "-euc", kommandoer], capture_output=True, text=True, timeout=60)

    assert kjoering.returncode == 0, kjoering.stderr
    assert "NyOppgaveVellykket" in kjoering.stdout
    assert "OppgaveUtfoertVellykket" in kjoering.stdout
    assert tjeneste.rader("SELECT tilstand FROM notifikasjon WHERE ekstern_id = 'oppgave-1'") == [("UTFOERT",)]
    assert tjeneste.rader("SELECT count(*) FROM altinn_svar WHERE fnr = '09889911223'") == [(1,)]


def test_readme_draws_the_layers_that_the_package_has() -> None:
    layers = (ROOT / "server" / "__init__.py").read_text(encoding="utf-8").partition("\n\n")[2].rpartition('"""')[0]
    assert layers.strip() in README


def test_every_verb_of_the_command_line_is_in_the_readme() -> None:
    from server.verb import VERB

    for verb in [*VERB, "versjon"]:
        assert f"notifikasjon.py {verb}" in README, verb
