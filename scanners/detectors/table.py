"""The table of all detectors: adding one is its module, its case file and one line here."""

from scanners.clinical import Reader
from scanners.detectors.address import AddressDetector
from scanners.detectors.bank_account import BankAccount
from scanners.detectors.corporate_number import CorporateNumber
from scanners.detectors.credit_card import CreditCard
from scanners.detectors.dob import DateOfBirth
from scanners.detectors.driver_license import DriverLicense
from scanners.detectors.email import Email
from scanners.detectors.employment_insurance import EmploymentInsurance
from scanners.detectors.foreign_id import ForeignId
from scanners.detectors.health_insurance import HealthInsurance
from scanners.detectors.interface import PatternDetector, TextDetector
from scanners.detectors.labelled_ids import CustomerId, StaffId
from scanners.detectors.medical import MedicalDetector
from scanners.detectors.medical_context import MedicalContextDetector
from scanners.detectors.my_number import MyNumber
from scanners.detectors.names import NameDetector
from scanners.detectors.passport import Passport
from scanners.detectors.patient_id import PatientId
from scanners.detectors.pension_number import PensionNumber
from scanners.detectors.phone import Phone
from scanners.detectors.postal_code import PostalCode
from scanners.detectors.residence_card import ResidenceCard
from scanners.detectors.resident_code import ResidentCode
from scanners.detectors.special_care import SpecialCare
from scanners.names_english.reader import EnglishReader
from scanners.names_model.gate import NameReader


def pattern_detectors() -> tuple[PatternDetector, ...]:
    """Return one instance of every detector of the fast tier."""
    return (
        MyNumber(),
        DriverLicense(),
        Passport(),
        ResidenceCard(),
        HealthInsurance(),
        PensionNumber(),
        EmploymentInsurance(),
        ResidentCode(),
        BankAccount(),
        CreditCard(),
        PatientId(),
        StaffId(),
        CustomerId(),
        ForeignId(),
        CorporateNumber(),
        Phone(),
        Email(),
        PostalCode(),
        DateOfBirth(),
        AddressDetector(),
    )


def text_detectors(
    reader: NameReader | None = None, english: EnglishReader | None = None
) -> tuple[TextDetector, ...]:
    """Return one instance of every detector that reads whole passages (names, diseases …).

    `reader` and `english` are the names models, which give names a second opinion.
    """
    clinical = Reader()
    return (
        NameDetector(reader, english),
        MedicalDetector(clinical),
        MedicalContextDetector(clinical),
        SpecialCare(),
    )
