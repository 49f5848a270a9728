"""Promises about the whole: what imports what, and that files which must say the same do."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import apsw
import pytest
from graphql import GraphQLObjectType, build_schema
from pydantic import BaseModel
from tjeneste import ROOT

from server import config, database, feil

LAYERS = [
    line.partition("   ")[0].split()
    for line in (ROOT / "server" / "__init__.py").read_text(encoding="utf-8").splitlines()
    if re.match(r"[a-z_0-9]+(  [a-z_0-9]+)*($|   )", line)
]
LEVEL = {module: number for number, layer in enumerate(LAYERS) for module in layer}
MODULES = sorted((ROOT / "server").glob("[!_]*.py"))


def test_every_module_has_a_place_in_the_layers() -> None:
    assert sorted(LEVEL) == [path.stem for path in MODULES]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_imports_point_down(path: Path) -> None:
    for name in _imports_of_ours(path):
        assert LEVEL[name] > LEVEL[path.stem], f"{path.stem} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_only_the_doors_know_http(path: Path) -> None:
    names = {
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert "bottle" not in names or path.stem in ("web", "sider", "min_side", "dokumentasjon", "utvikling", "verksted")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("api", ["produsent", "bruker"])
def test_sdl_describes_every_type_field_and_argument(api: str) -> None:
    schema = build_schema((ROOT / "server" / f"{api}.graphql").read_text(encoding="utf-8"))
    uten = []
    for type_ in schema.type_map.values():
        if type_.name.startswith("__") or type_.name in ("String", "Int", "Boolean", "ID", "Float"):
            continue
        uten += [] if type_.description else [type_.name]
        for navn, felt in getattr(type_, "fields", {}).items():
            uten += [] if felt.description else [f"{type_.name}.{navn}"]
            uten += [f"{type_.name}.{navn}({a})" for a, arg in getattr(felt, "args", {}).items() if not arg.description]
        uten += [
            f"{type_.name}.{navn}" for navn, verdi in getattr(type_, "values", {}).items() if not verdi.description
        ]
    assert uten == []


def test_typed_errors_are_those_of_the_sdl() -> None:
    schema = build_schema((ROOT / "server" / "produsent.graphql").read_text(encoding="utf-8"))
    i_sdl = {
        type_.name
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and "Error" in [i.name for i in type_.interfaces]
    }
    assert i_sdl == {klasse.__name__ for klasse in feil.Feil.__subclasses__()}


def test_every_setting_is_in_config_toml_with_its_default() -> None:
    innhold = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    # The file is for development; the program is safe when it is left out.
    assert innhold["utvikling"].pop("aktiv") is True
    assert config.Config().utvikling.aktiv is False
    mangler = []
    for seksjon, felt in config.Config.model_fields.items():
        if isinstance(felt.default, BaseModel):
            for navn, standard in felt.default.model_dump(mode="json").items():
                if (seksjon, navn) != ("utvikling", "aktiv") and innhold.get(seksjon, {}).get(navn) != standard:
                    mangler.append(f"[{seksjon}] {navn} = {standard!r}")
    assert mangler == []


def test_every_setting_is_explained() -> None:
    for linje in (ROOT / "config.toml").read_text(encoding="utf-8").partition("# ── Who one can be")[0].splitlines():
        if re.match(r"[a-z_0-9]+ *=", linje):
            assert "#" in linje, linje


def test_schema_sql_equals_the_first_release_with_all_migrations(tmp_path: Path) -> None:
    """Until the first release there is no migration, and schema.sql alone is the schema."""
    assert database.MIGRASJONER == ()
    db = apsw.Connection(":memory:")
    db.execute((ROOT / "schema.sql").read_text(encoding="utf-8"))
    strict = db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'")
    assert all(er_strict for _, er_strict in strict)


def test_nothing_names_a_machine_or_a_registry() -> None:
    for path in ROOT.rglob("*"):
        if not path.is_file() or any(part.startswith(".") and part != ".ci" for part in path.relative_to(ROOT).parts):
            continue
        if path.suffix in (".py", ".md", ".toml", ".sql", ".js", ".html", ".css", ".graphql", ".lock", ""):
            tekst = path.read_text(encoding="utf-8", errors="ignore")
            assert not re.search(r"/(work|root)/|files\.pythonhosted|registry\.npmjs|pypi\.org/simple", tekst) or (
                path.name == "test_layout.py"
            ), path


def _imports_of_ours(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "server":
            _, _, module = node.module.partition(".")
            names += [module] if module else [alias.name for alias in node.names]
    return names


def test_layers_are_read_from_the_package(request: Any) -> None:
    assert LEVEL["tid"] > LEVEL["database"] > LEVEL["saker"] > LEVEL["produsent"] > LEVEL["web"]
