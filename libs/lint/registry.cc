#include "libs/lint/registry.h"

#include "libs/lint/lints.h"

namespace cairn::lint {
namespace {

// The first speaks of what can't be read at all; Run relies on its place.
const Lint* const kAll[] = {
    // certificate/object_malformed.cc
    &kObjectMalformed,
    // certificate/not_der.cc
    &kNotDer,
    // certificate/version.cc
    &kInvalidCertificateVersion,
    // certificate/serial_not_positive.cc
    &kSerialNumberNotPositive,
    // certificate/serial_too_long.cc
    &kSerialNumberLongerThan20Octets,
    // certificate/serial_low_entropy.cc
    &kSerialNumberLowEntropy,
    &kSerialNumberNotOfGenerator,
    // certificate/algorithms_differ.cc
    &kCertSigAlgNotMatchTbsSigAlg,
    // certificate/signature_algorithm.cc
    &kSignatureAlgorithmNotSupported,
    // certificate/rsa_signature_parameters.cc
    &kTbsSignatureRsaEncryptionParameterNotNull,
    // certificate/ecdsa_signature.cc
    &kMpEcdsaSignatureEncodingCorrect,
    &kEcdsaHashDoesNotFitCurve,
    // certificate/weak_hash.cc
    &kSubCertOrSubCaUsingSha1,
    // certificate/issuer_name.cc
    &kIssuerDnNotSubjectOfIssuer,
    &kIssuerFieldEmpty,
    // certificate/validity_not_positive.cc
    &kValidityTimeNotPositive,
    // certificate/validity_of_leaf.cc
    &kServerCertValidTimeLongerThan200Days,
    &kServerCertValidTimeLongerThan199Days,
    &kServerCertValidTimeLongerThan100Days,
    &kServerCertValidTimeLongerThan99Days,
    &kServerCertValidTimeLongerThan47Days,
    &kServerCertValidTimeLongerThan46Days,
    // certificate/validity_of_profile.cc
    &kValidityExceedsProfile,
    // certificate/not_before.cc
    &kNotBeforeBackdated,
    &kCaNotBeforeBackdated,
    // certificate/not_after_issuer.cc
    &kNotAfterExceedsIssuer,
    // certificate/time_forms.cc
    &kWrongTimeFormatPre2050,
    &kUtcTimeDoesNotIncludeSeconds,
    &kUtcTimeNotInZulu,
    &kGeneralizedTimeIncludesFractionSeconds,
    // certificate/unique_id.cc
    &kCertContainsUniqueIdentifier,
    // subject/dv_attributes.cc
    &kCabDvSubjectInvalidValues,
    &kOrganizationalUnitNameProhibited,
    &kCabDvConflictsWithLocality,
    &kCabDvConflictsWithOrg,
    &kCabDvConflictsWithPostal,
    &kCabDvConflictsWithProvince,
    &kCabDvConflictsWithStreet,
    // subject/rdn_order.cc
    &kInvalidSubjectRdnOrder,
    &kMultipleSubjectRdn,
    &kDuplicateSubjectAttribs,
    // subject/string_types.cc
    &kSubjectRdnsCorrectEncoding,
    // subject/lengths.cc
    &kSubjectCommonNameMaxLength,
    &kSubjectAttributeMaxLength,
    // subject/common_name.cc
    &kSubjectCommonNameNotExactlyFromSan,
    &kExtraSubjectCommonNames,
    &kSubjectCommonNameIncluded,
    // subject/country.cc
    &kSubjectCountryNotIso,
    // names/san_missing.cc
    &kExtSanMissing,
    &kExtSanNoEntries,
    // names/san_critical.cc
    &kExtSanNotCriticalWithoutSubject,
    &kExtSanCriticalWithSubjectDn,
    // names/san_types.cc
    &kExtSanOtherNamePresent,
    &kExtSanRfc822NamePresent,
    &kExtSanX400AddressPresent,
    &kExtSanDirectoryNamePresent,
    &kExtSanEdiPartyNamePresent,
    &kExtSanUniformResourceIdentifierPresent,
    &kExtSanRegisteredIdPresent,
    // names/san_duplicate.cc
    &kSanDnsNameDuplicate,
    // names/san_count.cc
    &kSanCountAboveProfile,
    // names/dns_characters.cc
    &kExtSanDnsNotIa5String,
    &kSanDnsNameIncludesNullChar,
    &kExtSanSpaceDnsName,
    // names/dns_labels.cc
    &kDnsnameBadCharacterInLabel,
    &kUnderscoreNotPermissibleInDnsname,
    &kDnsnameLabelTooLong,
    &kExtSanDnsNameTooLong,
    &kDnsnameEmptyLabel,
    &kSanDnsNameStartsWithPeriod,
    &kSanDnsNameEndsWithPeriod,
    &kDnsnameHyphenAtEdgeOfLabel,
    &kDnsnameContainsProhibitedReservedLabel,
    // names/idn.cc
    &kInternationalDnsNameNotUnicode,
    &kInternationalDnsNameNotNfc,
    // names/public_suffix.cc
    &kDnsnameNotValidTld,
    &kDnsnameContainsBareIanaSuffix,
    &kDnsnameWildcardLeftOfPublicSuffix,
    // names/wildcard.cc
    &kDnsnameLeftLabelWildcardCorrect,
    &kDnsnameWildcardOnlyInLeftLabel,
    // names/special_domains.cc
    &kArpaDomainNotAllowed,
    &kSanDnsNameOnionInvalid,
    // names/addresses.cc
    &kExtSanContainsReservedIp,
    &kExtSanIpWrongLength,
    &kExtSanIpIsV4Mapped,
    // key/rsa_size.cc
    &kRsaModLessThan2048Bits,
    &kMpModulusMustBeDivisibleBy8,
    &kRsaModLongerThan8192Bits,
    // key/rsa_exponent.cc
    &kRsaPublicExponentNotOdd,
    &kRsaPublicExponentTooSmall,
    &kRsaPublicExponentNotInRange,
    // key/rsa_weakness.cc
    &kRsaModNotOdd,
    &kRsaModFactorsSmallerThan752,
    &kRsaModPrimePower,
    &kRsaRocaFingerprint,
    &kRsaFermatFactorization,
    // key/ec_curve.cc
    &kEcImproperCurves,
    // key/spki.cc
    &kAlgorithmIdentifierImproperEncoding,
    &kSpkiRsaEncryptionParameterNotNull,
    &kMpRsassaPssInSpki,
    &kPublicKeyMalformed,
    // key/blocklisted.cc
    &kKeyBlocklisted,
    // extensions/authority_key_id.cc
    &kMpAuthorityKeyIdentifierCorrect,
    &kAuthorityKeyIdentifierNotOfIssuer,
    &kExtAuthorityKeyIdentifierCritical,
    // extensions/subject_key_id.cc
    &kExtSubjectKeyIdentifierNotRecommendedSubscriber,
    &kExtSubjectKeyIdentifierMissingCa,
    &kExtSubjectKeyIdentifierCritical,
    // extensions/key_usage.cc
    &kExtKeyUsageMissing,
    &kExtKeyUsageNotCritical,
    &kExtKeyUsageWithoutBits,
    &kSuperfluousKuEncoding,
    // extensions/key_usage_of_leaf.cc
    &kCabfEccAllowedKeyUsages,
    &kCabfEccKuKeyagreementPresent,
    &kRsaAllowedKuEe,
    &kRsaKuDataenciphermentPresent,
    &kSubCertKeyUsageCertSignBitSet,
    &kSubCertKeyUsageCrlSignBitSet,
    // extensions/purposes.cc
    &kSubCertEkuMissing,
    &kEkuCritical,
    &kSubCertEkuServerAuthClientAuthMissing,
    &kSubCertEkuCheck,
    &kSubCertEkuExtraValues,
    &kClientAuthNotAllowed,
    // extensions/basic_constraints.cc
    &kSubCertNotIsCa,
    &kBasicConstrInvalidDer,
    &kSubCertBasicConstraintsNotCritical,
    // extensions/policies.cc
    &kSubCertCertificatePoliciesMissing,
    &kPolicyQualifiersOtherThanCpsNotPermitted,
    &kExtCertPolicyDuplicate,
    &kSubCertReservedPolicyNotExactlyOne,
    &kSubCertAnyPolicyPresent,
    &kExtCertPoliciesCritical,
    &kSubCaPoliciesNotReserved,
    // extensions/authority_info_access.cc
    &kAiaCaIssuersMustHaveHttpOnly,
    &kAiaMustContainPermittedAccessMethod,
    &kAiaUniqueAccessLocations,
    &kAiaCritical,
    &kSubCertAiaMissing,
    &kSubCertAiaMissingWarning,
    // extensions/crl_distribution_points.cc
    &kMissingCrlDistribPoint,
    &kCrlDistribPointsNotHttp,
    &kCrlissuerMustNotBePresentInCdp,
    &kCrlDistribPointsNotFullName,
    &kCrlDistribPointsNotExactlyOne,
    &kCrlDistribPointsCritical,
    &kShortLivedLongerThan7Days,
    &kSubCaCrlDistribPointsMissing,
    // extensions/unknown.cc
    &kExtDuplicateExtension,
    &kCertExtInvalidDer,
    &kExtUnknown,
    &kCertWithoutExtensions,
    // extensions/forbidden_in_leaf.cc
    &kExtNameConstraintsNotInCa,
    &kExtPolicyConstraintsNotInCa,
    &kExtSubjectInfoAccessInLeaf,
    // extensions/profile_order.cc
    &kExtensionsDifferFromProfile,
    // ct/precertificate.cc
    &kPrecertPoisonIncorrect,
    &kPrecertWithSctList,
    &kPoisonInCertificate,
    // ct/sct_list.cc
    &kSctListMissing,
    &kSctListCritical,
    &kEmptySctList,
    &kSctListMalformed,
    // ct/sct_policy.cc
    &kCtSctPolicyCountUnsatisfied,
    &kSctsFromSameOperator,
    &kSctsOfNoApprovedLog,
    &kSctsOfStaticLogsOnly,
    // ct/precertificate_differs.cc
    &kCertificateDiffersFromPrecertificate,
    // names/ordered_names.cc
    &kNamesDifferFromOrder,
    // ca/subject.cc
    &kCaCountryNameMissing,
    &kCaOrganizationNameMissing,
    &kCaCommonNameMissing,
    // ca/basic_constraints.cc
    &kCaIsCa,
    &kCaBasicConstraintsNotCritical,
    &kRootPathLengthPresent,
    &kSubCaPathLengthNotZero,
    // ca/key_usage.cc
    &kCaKeyCertSignNotSet,
    &kCaCrlSignNotSet,
    &kCaKeyUsageOtherBits,
    // ca/purposes.cc
    &kSubCaEkuServerAuthMissing,
    &kSubCaEkuClientAuth,
    &kSubCaEkuOtherPurposes,
    &kRootEkuPresent,
    &kCaEkuOcspSigning,
    // ca/validity.cc
    &kRootValidityOutOfRange,
    &kSubCaValidLongerThan3Years,
    // ca/root.cc
    &kRootNotSelfIssued,
    &kRootAuthorityKeyIdentifierNotOwn,
    &kRootSuperfluousExtension,
    // ocsp/signer.cc
    &kOcspSignerPurpose,
    &kOcspSignerKeyUsage,
    &kOcspSignerNocheck,
    &kOcspSignerForbiddenExtension,
    &kOcspSignerAvoidedExtension,
    // ocsp/response.cc
    &kOcspResponseType,
    &kOcspResponderNotByKey,
    &kOcspNotOnePlainAnswer,
    &kOcspReasonCodeExtension,
    &kOcspReasonNotAllowed,
    // ocsp/response_times.cc
    &kOcspNextUpdateMissing,
    &kOcspValidityInterval,
    &kOcspNextUpdateAfterSigner,
    &kOcspTimeForm,
    &kOcspTimeOrder,
    // crl/next_update.cc
    &kCrlNextUpdateInvalid,
    &kCrlThisUpdateInFuture,
    // crl/number.cc
    &kCrlMissingCrlNumber,
    &kCrlNumberOutOfRange,
    &kCrlNumberCritical,
    &kCrlNumberNotIncreasing,
    // crl/version.cc
    &kCrlVersionNotV2,
    // crl/extensions.cc
    &kCrlAuthKeyIdOnlyContainsKeyid,
    &kCrlDelta,
    &kCrlExtensionsValidity,
    // crl/issuing_distribution_point.cc
    &kCrlIdpNotCritical,
    &kCrlIdpScope,
    &kCrlIdpUrlNotOfCertificates,
    // crl/entries.cc
    &kCabCrlHasValidReasonCode,
    &kCabCrlReasonCodeNotCritical,
    &kCrlEmptyRevokedCertificates,
    &kCrlUniqueRevokedCertificate,
    &kCrlEntryOtherExtension,
    &kCaCrlEntryWithoutReason,
};

}  // namespace

std::span<const Lint* const> Registry() { return kAll; }

}  // namespace cairn::lint
