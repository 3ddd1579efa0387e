"""The catalogue as it comes with the product: its sets and mapping tables."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from data import read_text
from privacy_mark.requirements.loading import load_mappings, load_set
from privacy_mark.requirements.model import Catalogue, Requirement, RequirementSet

FOLDER = "requirements"
SETS = (
    "pmark_j_2024.yaml",
    "pmark_medical_5.yaml",
    "mhlw_hospital_2025.yaml",
    "gdpr.yaml",
    "uk_gdpr.yaml",
    "ch_fadp.yaml",
    "us_ccpa.yaml",
    "ca_pipeda.yaml",
    "br_lgpd.yaml",
    "cn_pipl.yaml",
    "hk_pdpo.yaml",
    "tw_pdpa.yaml",
    "kr_pipa.yaml",
    "sg_pdpa.yaml",
    "my_pdpa.yaml",
    "th_pdpa.yaml",
    "vn_pdpl.yaml",
    "id_pdp.yaml",
    "ph_dpa.yaml",
    "in_dpdp.yaml",
    "au_privacy.yaml",
    "overseas.yaml",
    "appi_security.yaml",
    "iso27001_2022.yaml",
    "iso27001_2013.yaml",
    "jis_q_15001_2023.yaml",
    "jis_q_15001_2017.yaml",
)
MAPPINGS = "mappings.yaml"


@cache
def product() -> Catalogue:
    """Return the catalogue as it comes with the product."""
    sets: dict[str, RequirementSet] = {}
    items: dict[str, tuple[Requirement, ...]] = {}
    for name in SETS:
        made, found = load_set(read_text(f"{FOLDER}/{name}"), name)
        if made.id in sets or items.keys() & found.keys():
            raise ValueError(f"{name}: an id stands in another set already")
        sets[made.id] = made
        items |= found
    newest = {name: versions[-1] for name, versions in items.items()}
    several = {name: versions for name, versions in items.items() if len(versions) > 1}
    bare = Catalogue(sets, newest, {}, history=several)
    return replace(bare, mappings=load_mappings(read_text(f"{FOLDER}/{MAPPINGS}"), MAPPINGS, bare))
