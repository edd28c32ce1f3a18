//! The element names that FHIR R4 gives the resources that are read: any other name is reported, since a misspelt element is
//! an element that was not read.

/// Elements of every resource with a narrative (R4 `DomainResource`).
const EVERY_RESOURCE: &[&str] =
    &["resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"];

/// Whether FHIR R4 gives this resource type an element of this name. `None` for a type that is not read.
pub(crate) fn is_element(kind: &str, name: &str) -> Option<bool> {
    let own = elements_of(kind)?;
    let plain = name.strip_prefix('_').unwrap_or(name);
    Some(EVERY_RESOURCE.contains(&plain) || own.split(' ').any(|element| names_element(kind, element, name)))
}

/// Whether resources of this type are read.
pub(crate) fn is_read(kind: &str) -> bool {
    elements_of(kind).is_some()
}

/// R4 4.0.1, the resource pages' element lists.
fn elements_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Patient" => {
            "identifier active name telecom gender birthDate deceased[x] address maritalStatus multipleBirth[x] photo contact \
             communication generalPractitioner managingOrganization link"
        }
        "MedicationRequest" => {
            "identifier status statusReason intent category priority doNotPerform reported[x] medication[x] subject encounter \
             supportingInformation authoredOn requester performer performerType recorder reasonCode reasonReference \
             instantiatesCanonical instantiatesUri basedOn groupIdentifier courseOfTherapyType insurance note \
             dosageInstruction dispenseRequest substitution priorPrescription detectedIssue eventHistory"
        }
        "MedicationStatement" => {
            "identifier basedOn partOf status statusReason category medication[x] subject context effective[x] dateAsserted \
             informationSource derivedFrom reasonCode reasonReference note dosage"
        }
        "MedicationDispense" => {
            "identifier partOf status statusReason[x] category medication[x] subject context supportingInformation performer \
             location authorizingPrescription type quantity daysSupply whenPrepared whenHandedOver destination receiver note \
             dosageInstruction substitution detectedIssue eventHistory"
        }
        "MedicationAdministration" => {
            "identifier instantiates partOf status statusReason category medication[x] subject context supportingInformation \
             effective[x] performer reasonCode reasonReference request device note dosage eventHistory"
        }
        "Medication" => "identifier code status manufacturer form amount ingredient batch",
        "AllergyIntolerance" => {
            "identifier clinicalStatus verificationStatus type category criticality code patient encounter onset[x] \
             recordedDate recorder asserter lastOccurrence note reaction"
        }
        "Condition" => {
            "identifier clinicalStatus verificationStatus category severity code bodySite subject encounter onset[x] \
             abatement[x] recordedDate recorder asserter stage evidence note"
        }
        "Observation" => {
            "identifier basedOn partOf status category code subject focus encounter effective[x] issued performer value[x] \
             dataAbsentReason interpretation note bodySite method specimen device referenceRange hasMember derivedFrom component"
        }
        "Procedure" => {
            "identifier instantiatesCanonical instantiatesUri basedOn partOf status statusReason category code subject encounter \
             performed[x] recorder asserter performer location reasonCode reasonReference bodySite outcome report complication \
             complicationDetail followUp note focalDevice usedReference usedCode"
        }
        "Immunization" => {
            "identifier status statusReason vaccineCode patient encounter occurrence[x] recorded primarySource reportOrigin \
             location manufacturer lotNumber expirationDate site route doseQuantity performer note reasonCode reasonReference \
             isSubpotent subpotentReason education programEligibility fundingSource reaction protocolApplied"
        }
        "Encounter" => {
            "identifier status statusHistory class classHistory type serviceType priority subject episodeOfCare basedOn \
             participant appointment period length reasonCode reasonReference diagnosis account hospitalization location \
             serviceProvider partOf"
        }
        "ServiceRequest" => {
            "identifier instantiatesCanonical instantiatesUri basedOn replaces requisition status intent category priority \
             doNotPerform code orderDetail quantity[x] subject encounter occurrence[x] asNeeded[x] authoredOn requester \
             performerType performer locationCode locationReference reasonCode reasonReference insurance supportingInfo \
             specimen bodySite note patientInstruction relevantHistory"
        }
        "DiagnosticReport" => {
            "identifier basedOn status category code subject encounter effective[x] issued performer resultsInterpreter specimen \
             result imagingStudy media conclusion conclusionCode presentedForm"
        }
        "Coverage" => {
            "identifier status type policyHolder subscriber subscriberId beneficiary dependent relationship period payor class \
             order network costToBeneficiary subrogation contract"
        }
        "Goal" => {
            "identifier lifecycleStatus achievementStatus category priority description subject start[x] target statusDate \
             statusReason expressedBy addresses note outcomeCode outcomeReference"
        }
        "FamilyMemberHistory" => {
            "identifier instantiatesCanonical instantiatesUri status dataAbsentReason patient date name relationship sex born[x] \
             age[x] estimatedAge deceased[x] reasonCode reasonReference note condition"
        }
        _ => return None,
    })
}

/// Whether FHIR R4 has a resource type of this name: a type that it has and that is not read is no mistake.
pub(crate) fn is_resource_type(kind: &str) -> bool {
    is_read(kind) || RESOURCE_TYPES.split(' ').any(|known| known == kind)
}

const RESOURCE_TYPES: &str = "Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic \
    Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry \
    ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication \
    CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage \
    CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric \
    DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis \
    Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence \
    EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group \
    GuidanceResponse HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation \
    ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media Medication \
    MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement \
    MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication \
    MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged \
    MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition MessageHeader \
    MolecularSequence NamingSystem NutritionOrder Observation ObservationDefinition OperationDefinition \
    OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation \
    Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse \
    RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject \
    RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition \
    StructureDefinition StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein \
    SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task \
    TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription";

/// Elements that FHIR R4 requires of a resource type (`1..`), by the same notation.
pub(crate) fn required_elements(kind: &str) -> impl Iterator<Item = &'static str> {
    let required = match kind {
        "MedicationRequest" => "status intent medication[x] subject",
        "MedicationStatement" => "status medication[x] subject",
        "MedicationDispense" => "status medication[x]",
        "MedicationAdministration" => "status medication[x] subject effective[x]",
        "AllergyIntolerance" => "patient",
        "Condition" => "subject",
        "Observation" | "DiagnosticReport" => "status code",
        "Procedure" => "status subject",
        "Immunization" => "status vaccineCode patient occurrence[x]",
        "Encounter" => "status class",
        "ServiceRequest" => "status intent subject",
        "Coverage" => "status beneficiary payor",
        "Goal" => "lifecycleStatus description subject",
        "FamilyMemberHistory" => "status patient relationship",
        _ => "",
    };
    required.split(' ').filter(|name| !name.is_empty())
}

/// The codes that FHIR R4 gives `status` of a resource type (`lifecycleStatus` of a Goal); empty where it is not checked.
pub(crate) fn status_codes(kind: &str) -> &'static str {
    match kind {
        "Observation" => "registered preliminary final amended corrected cancelled entered-in-error unknown",
        "DiagnosticReport" => {
            "registered partial preliminary final amended corrected appended cancelled entered-in-error unknown"
        }
        "Procedure" => "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
        "Immunization" => "completed entered-in-error not-done",
        "Encounter" => "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
        "ServiceRequest" => "draft active on-hold revoked completed entered-in-error unknown",
        "Coverage" => "active cancelled draft entered-in-error",
        "Goal" => "proposed planned accepted active on-hold completed cancelled entered-in-error rejected",
        "FamilyMemberHistory" => "partial completed entered-in-error health-unknown",
        _ => "",
    }
}

/// Whether an element's name is this one, or a choice of it. A primitive's extension (`_status`) stands for the element: it
/// may say why the value is absent.
pub(crate) fn names_element(kind: &str, notation: &str, name: &str) -> bool {
    let name = name.strip_prefix('_').unwrap_or(name);
    match notation.strip_suffix("[x]") {
        // A choice element carries its type's name: `onset[x]` is `onsetDateTime`, `onsetAge` ...
        Some(stem) => name
            .strip_prefix(stem)
            .is_some_and(|written| types_of_choice(kind, stem).split(' ').any(|allowed| allowed == written)),
        None => notation == name,
    }
}

/// The types that a choice element may be of: `deceasedDatetime` is no element, and nobody would read it.
fn types_of_choice(kind: &str, stem: &str) -> &'static str {
    match (kind, stem) {
        ("Patient", "deceased") => "Boolean DateTime",
        (_, "multipleBirth") => "Boolean Integer",
        (_, "reported") => "Boolean Reference",
        (_, "medication" | "statusReason") => "CodeableConcept Reference",
        ("Observation", "effective") => "DateTime Period Timing Instant",
        (_, "effective") => "DateTime Period",
        (_, "onset" | "abatement" | "performed") => "DateTime Age Period Range String",
        ("Immunization", "occurrence") => "DateTime String",
        (_, "occurrence") => "DateTime Period Timing",
        (_, "value") => "Quantity CodeableConcept String Boolean Integer Range Ratio SampledData Time DateTime Period",
        (_, "quantity") => "Quantity Ratio Range",
        (_, "asNeeded") => "Boolean CodeableConcept",
        (_, "start") => "Date CodeableConcept",
        (_, "born") => "Period Date String",
        (_, "age") => "Age Range String",
        (_, "deceased") => "Boolean Age Range Date String",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::is_element;

    #[test]
    fn every_choice_has_its_types() {
        let kinds = super::RESOURCE_TYPES.split(' ').filter_map(|kind| Some((kind, super::elements_of(kind)?)));
        for (kind, elements) in kinds {
            for stem in elements.split(' ').filter_map(|element| element.strip_suffix("[x]")) {
                assert!(!super::types_of_choice(kind, stem).is_empty(), "{kind}.{stem}[x]");
            }
        }
    }

    #[test]
    fn knows_choices_and_primitive_extensions() {
        assert_eq!(is_element("Condition", "onsetDateTime"), Some(true));
        assert_eq!(is_element("Condition", "_onsetDateTime"), Some(true));
        assert_eq!(is_element("Condition", "onset"), Some(false));
        assert_eq!(is_element("Condition", "onsetDatetime"), Some(false));
        assert_eq!(is_element("MedicationRequest", "medicationCodeableConept"), Some(false));
        assert_eq!(is_element("FamilyMemberHistory", "ageAge"), Some(true));
        assert_eq!(is_element("Patient", "statusReason"), Some(false));
        assert_eq!(is_element("Claim", "status"), None);
    }
}
