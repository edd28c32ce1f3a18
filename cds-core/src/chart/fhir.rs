//! The parts of FHIR R4 resources that are read, borrowed from the document.
//!
//! Field names are FHIR's. Only what some check or the chart needs is here; everything else is skipped unparsed.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::element::{Field, Number, Opens, Text};

pub(crate) type List<T> = Field<Vec<Field<T>>>;

/// What every resource has, and the names of its elements, read in one pass.
#[derive(Debug, Default)]
pub(crate) struct Outline<'a> {
    pub kind: Field<Text<'a>>,
    pub id: Field<Text<'a>>,
    pub last_updated: Option<Cow<'a, str>>,
    pub contained: List<&'a RawValue>,
    /// Whose it is: `subject`, `patient` or `beneficiary`, by the type of resource.
    pub subject: Field<Reference<'a>>,
    pub elements: Vec<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Outline<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OutlineVisitor;
        impl<'de> Visitor<'de> for OutlineVisitor {
            type Value = Outline<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a FHIR resource")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outline<'de>, A::Error> {
                let mut outline = Outline::default();
                while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
                    match key.as_ref() {
                        "resourceType" => outline.kind = map.next_value()?,
                        "id" => outline.id = map.next_value()?,
                        "contained" => outline.contained = map.next_value()?,
                        "subject" | "patient" | "beneficiary" => outline.subject = map.next_value()?,
                        "meta" => {
                            let meta: Field<Meta<'de>> = map.next_value()?;
                            outline.last_updated =
                                meta.value().and_then(|meta| meta.last_updated.value()).map(|text| text.0);
                        }
                        _ => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                    outline.elements.push(key);
                }
                Ok(outline)
            }
        }
        deserializer.deserialize_map(OutlineVisitor)
    }
}

macro_rules! fhir {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Default, Deserialize)]
            #[serde(rename_all = "camelCase", default)]
            pub(crate) struct $name<'a> {
                $(#[serde(borrow)] pub $field: $kind,)*
            }

            impl Opens for $name<'_> {
                const WITH: &'static str = "{";
            }
        )*
    };
}

fhir! {
    Meta { last_updated: Field<Text<'a>> }
    Identifier { system: Field<Text<'a>>, value: Field<Text<'a>> }
    Reference { reference: Field<Text<'a>>, identifier: Field<Identifier<'a>> }
    Coding { system: Field<Text<'a>>, code: Field<Text<'a>>, display: Field<Text<'a>> }
    CodeableConcept { coding: List<Coding<'a>>, text: Field<Text<'a>> }
    Period { start: Field<Text<'a>>, end: Field<Text<'a>> }
    Quantity {
        value: Field<Number<'a>>,
        comparator: Field<Text<'a>>,
        unit: Field<Text<'a>>,
        system: Field<Text<'a>>,
        code: Field<Text<'a>>,
    }
    Range { low: Field<Quantity<'a>>, high: Field<Quantity<'a>> }
    Ratio { numerator: Field<Quantity<'a>>, denominator: Field<Quantity<'a>> }
    Repeat {
        bounds_period: Field<Period<'a>>,
        bounds_duration: Field<Quantity<'a>>,
        frequency: Field<Number<'a>>,
        frequency_max: Field<Number<'a>>,
        period: Field<Number<'a>>,
        period_unit: Field<Text<'a>>,
        day_of_week: List<Text<'a>>,
        time_of_day: List<Text<'a>>,
        when: List<Text<'a>>,
    }
    Timing { repeat: Field<Repeat<'a>>, code: Field<CodeableConcept<'a>> }
    DoseAndRate {
        dose_quantity: Field<Quantity<'a>>,
        dose_range: Field<Range<'a>>,
        rate_quantity: Field<Quantity<'a>>,
        rate_ratio: Field<Ratio<'a>>,
    }
    /// Dosage, and the dosage of an administration, which has a `dose` of its own.
    Dosage {
        sequence: Field<Number<'a>>,
        timing: Field<Timing<'a>>,
        as_needed_boolean: Field<&'a RawValue>,
        as_needed_codeable_concept: Field<CodeableConcept<'a>>,
        route: Field<CodeableConcept<'a>>,
        dose_and_rate: List<DoseAndRate<'a>>,
        max_dose_per_period: Field<Ratio<'a>>,
        dose: Field<Quantity<'a>>,
        rate_quantity: Field<Quantity<'a>>,
        rate_ratio: Field<Ratio<'a>>,
    }
    DispenseRequest {
        validity_period: Field<Period<'a>>,
        expected_supply_duration: Field<Quantity<'a>>,
        number_of_repeats_allowed: Field<Number<'a>>,
    }
    Ingredient { item_codeable_concept: Field<CodeableConcept<'a>>, item_reference: Field<Reference<'a>> }
    Link { other: Field<Reference<'a>> }

    Patient {
        identifier: List<Identifier<'a>>,
        birth_date: Field<Text<'a>>,
        gender: Field<Text<'a>>,
        deceased_boolean: Field<&'a RawValue>,
        deceased_date_time: Field<Text<'a>>,
        link: List<Link<'a>>,
    }
    /// MedicationRequest, MedicationStatement, MedicationDispense and MedicationAdministration.
    MedicationUse {
        identifier: List<Identifier<'a>>,
        status: Field<Text<'a>>,
        intent: Field<Text<'a>>,
        do_not_perform: Field<&'a RawValue>,
        medication_codeable_concept: Field<CodeableConcept<'a>>,
        medication_reference: Field<Reference<'a>>,
        subject: Field<Reference<'a>>,
        authored_on: Field<Text<'a>>,
        date_asserted: Field<Text<'a>>,
        when_prepared: Field<Text<'a>>,
        when_handed_over: Field<Text<'a>>,
        effective_date_time: Field<Text<'a>>,
        effective_period: Field<Period<'a>>,
        days_supply: Field<Quantity<'a>>,
        dispense_request: Field<DispenseRequest<'a>>,
        dosage_instruction: List<Dosage<'a>>,
        dosage: Field<&'a RawValue>,
    }
    Medication { code: Field<CodeableConcept<'a>>, ingredient: List<Ingredient<'a>> }
    Reaction { substance: Field<CodeableConcept<'a>> }
    AllergyIntolerance {
        clinical_status: Field<CodeableConcept<'a>>,
        verification_status: Field<CodeableConcept<'a>>,
        r#type: Field<Text<'a>>,
        criticality: Field<Text<'a>>,
        code: Field<CodeableConcept<'a>>,
        patient: Field<Reference<'a>>,
        reaction: List<Reaction<'a>>,
        recorded_date: Field<Text<'a>>,
    }
    Component { code: Field<CodeableConcept<'a>>, value_quantity: Field<Quantity<'a>>, value_codeable_concept: Field<CodeableConcept<'a>> }
    Relative { code: Field<CodeableConcept<'a>> }
    /// Every other clinical resource: which code, when, with which status and value.
    Clinical {
        status: Field<Text<'a>>,
        clinical_status: Field<CodeableConcept<'a>>,
        verification_status: Field<CodeableConcept<'a>>,
        lifecycle_status: Field<Text<'a>>,
        do_not_perform: Field<&'a RawValue>,
        code: Field<CodeableConcept<'a>>,
        vaccine_code: Field<CodeableConcept<'a>>,
        r#type: Field<&'a RawValue>,
        description: Field<&'a RawValue>,
        relationship: Field<&'a RawValue>,
        subject: Field<Reference<'a>>,
        patient: Field<Reference<'a>>,
        beneficiary: Field<Reference<'a>>,
        effective_date_time: Field<Text<'a>>,
        effective_instant: Field<Text<'a>>,
        effective_period: Field<Period<'a>>,
        performed_date_time: Field<Text<'a>>,
        performed_period: Field<Period<'a>>,
        occurrence_date_time: Field<Text<'a>>,
        occurrence_period: Field<Period<'a>>,
        onset_date_time: Field<Text<'a>>,
        onset_period: Field<Period<'a>>,
        abatement_date_time: Field<Text<'a>>,
        abatement_period: Field<Period<'a>>,
        period: Field<Period<'a>>,
        start_date: Field<Text<'a>>,
        authored_on: Field<Text<'a>>,
        recorded_date: Field<Text<'a>>,
        date: Field<Text<'a>>,
        issued: Field<Text<'a>>,
        value_quantity: Field<Quantity<'a>>,
        value_codeable_concept: Field<CodeableConcept<'a>>,
        component: List<Component<'a>>,
        condition: List<Relative<'a>>,
    }
}
