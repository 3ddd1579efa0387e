"""Where objects lie below their source, and which ledger entries speak of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.places import folder_groups, name_below, prefixes_of
from scanners.places import member_uri

NAMES = st.lists(st.text("ab/", min_size=1, max_size=6).map(lambda text: text.strip("/")), max_size=8)


@pytest.mark.parametrize(
    ("uri", "address", "name"),
    [
        ("file:///srv/share/%E4%BA%BA%E4%BA%8B/a.txt", "/srv/share", "人事/a.txt"),
        ("file:///srv/share/%E4%BA%BA%E4%BA%8B/a.txt", "file:///srv/share/", "人事/a.txt"),
        ("file:///srv/share/100%25.txt", "/srv/share", "100%.txt"),
        ("file:///srv/a.zip!x/b.csv", "/srv", "a.zip!x/b.csv"),
        ("file:///srv/a.zip!x/b.csv", "/srv/a.zip", "x/b.csv"),
        ("file:///srv/list.csv", "/srv/list.csv", "list.csv"),
        (member_uri("file:///srv/100%25.zip", "名簿/a%20b.csv"), "/srv", "100%.zip!名簿/a%20b.csv"),
        (member_uri("sqlite:////srv/hr.db", "a%20b"), "sqlite:////srv/hr.db", "a%20b"),
        ("file:///srv/share2/a.txt", "/srv/share", None),
        ("file:///home/a.txt", "/srv", None),
        ("sqlite:////srv/hr.db!employee", "sqlite:////srv/hr.db", "employee"),
        ("sqlite:////srv/hr.db!employee", "sqlite:////srv/hr.db?mode=ro", "employee"),
        ("postgresql://db:5433/hr!public.staff", "postgresql+psycopg://reader@db:5433/hr", "public.staff"),
        ("postgresql://localhost/hr!public.staff", "postgres:///hr?sslmode=disable", "public.staff"),
        ("postgresql://db/hr!public.a@b?c", "postgresql://db/hr", "public.a@b?c"),
        ("postgresql://other/hr!public.staff", "postgresql://db/hr", None),
    ],
)
def test_name_below_the_source(uri, address, name):
    """The name is what follows the source's address, whatever way the address is written."""
    assert name_below(uri, address) == name


@pytest.mark.parametrize(
    ("name", "prefix", "is_table", "below"),
    [
        ("人事/採用/a.txt", "人事/採用/", False, True),
        ("人事/採用/a.txt", "人事/採用", False, True),
        ("人事/採用/a.txt", "/人事/", False, True),
        ("人事/採用/a.txt", "", False, True),
        ("人事/採用/a.txt", "人事/採", False, False),
        ("人事/採用.txt", "人事/採用", False, False),
        ("人事", "人事/採用", False, False),
        ("人事/a.zip!b.csv", "人事/a.zip", False, True),
        ("public.employee", "public.employee", True, True),
        ("public.employee", "public", True, True),
        ("public.employee_old", "public.employee", True, False),
        ("report.txt", "report", False, False),
    ],
)
def test_prefix_ends_at_a_boundary(name, prefix, is_table, below):
    """A place holds what lies below it and not what merely begins alike."""
    assert (prefix.strip("/") in prefixes_of(name, is_table=is_table)) is below


@pytest.mark.parametrize(
    ("names", "covered", "groups"),
    [
        (["営業/a/1.txt", "営業/b/2.txt", "営業/3.txt"], set(), {"営業": [0, 1, 2]}),
        (["営業/a/1.txt", "人事/b/2.txt"], set(), {"営業": [0], "人事": [1]}),
        (["人事/健診/1.txt", "人事/健診/深/2.txt"], {"人事", "人事/採用"}, {"人事/健診": [0, 1]}),
        (["人事/1.txt", "人事/2.txt"], {"人事"}, {"人事": [0, 1]}),
        (["1.txt", "2.txt"], set(), {"": [0, 1]}),
        (["古い.zip!名簿.csv"], set(), {"古い.zip": [0]}),
    ],
)
def test_groups_are_the_highest_folders_without_an_entry(names, covered, groups):
    """A folder of which nothing is registered is one group; beside registered data its parts are named."""
    assert folder_groups(names, frozenset(covered)) == groups


@given(NAMES)
def test_every_name_is_in_exactly_one_group(names):
    """Grouping loses nothing and counts nothing twice."""
    groups = folder_groups(names, frozenset({"a"}))
    assert sorted(index for members in groups.values() for index in members) == list(range(len(names)))
