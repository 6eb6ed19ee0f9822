#pragma once

#include "libs/lint/lint.h"

// Every lint, by the file that defines it.
namespace cairn::lint {

// certificate/object_malformed.cc
extern const Lint kObjectMalformed;

// certificate/not_der.cc
extern const Lint kNotDer;

// certificate/version.cc
extern const Lint kInvalidCertificateVersion;

// certificate/serial_not_positive.cc
extern const Lint kSerialNumberNotPositive;

// certificate/serial_too_long.cc
extern const Lint kSerialNumberLongerThan20Octets;

// certificate/serial_low_entropy.cc
extern const Lint kSerialNumberLowEntropy;
extern const Lint kSerialNumberNotOfGenerator;

// certificate/algorithms_differ.cc
extern const Lint kCertSigAlgNotMatchTbsSigAlg;

// certificate/signature_algorithm.cc
extern const Lint kSignatureAlgorithmNotSupported;

// certificate/rsa_signature_parameters.cc
extern const Lint kTbsSignatureRsaEncryptionParameterNotNull;

// certificate/ecdsa_signature.cc
extern const Lint kMpEcdsaSignatureEncodingCorrect;
extern const Lint kEcdsaHashDoesNotFitCurve;

// certificate/weak_hash.cc
extern const Lint kSubCertOrSubCaUsingSha1;

// certificate/issuer_name.cc
extern const Lint kIssuerDnNotSubjectOfIssuer;
extern const Lint kIssuerFieldEmpty;

// certificate/validity_not_positive.cc
extern const Lint kValidityTimeNotPositive;

// certificate/validity_of_leaf.cc
extern const Lint kServerCertValidTimeLongerThan200Days;
extern const Lint kServerCertValidTimeLongerThan199Days;
extern const Lint kServerCertValidTimeLongerThan100Days;
extern const Lint kServerCertValidTimeLongerThan99Days;
extern const Lint kServerCertValidTimeLongerThan47Days;
extern const Lint kServerCertValidTimeLongerThan46Days;

// certificate/validity_of_profile.cc
extern const Lint kValidityExceedsProfile;

// certificate/not_before.cc
extern const Lint kNotBeforeBackdated;
extern const Lint kCaNotBeforeBackdated;

// certificate/not_after_issuer.cc
extern const Lint kNotAfterExceedsIssuer;

// certificate/time_forms.cc
extern const Lint kWrongTimeFormatPre2050;
extern const Lint kUtcTimeDoesNotIncludeSeconds;
extern const Lint kUtcTimeNotInZulu;
extern const Lint kGeneralizedTimeIncludesFractionSeconds;

// certificate/unique_id.cc
extern const Lint kCertContainsUniqueIdentifier;

// subject/dv_attributes.cc
extern const Lint kCabDvSubjectInvalidValues;
extern const Lint kOrganizationalUnitNameProhibited;
extern const Lint kCabDvConflictsWithLocality;
extern const Lint kCabDvConflictsWithOrg;
extern const Lint kCabDvConflictsWithPostal;
extern const Lint kCabDvConflictsWithProvince;
extern const Lint kCabDvConflictsWithStreet;

// subject/rdn_order.cc
extern const Lint kInvalidSubjectRdnOrder;
extern const Lint kMultipleSubjectRdn;
extern const Lint kDuplicateSubjectAttribs;

// subject/string_types.cc
extern const Lint kSubjectRdnsCorrectEncoding;

// subject/lengths.cc
extern const Lint kSubjectCommonNameMaxLength;
extern const Lint kSubjectAttributeMaxLength;

// subject/common_name.cc
extern const Lint kSubjectCommonNameNotExactlyFromSan;
extern const Lint kExtraSubjectCommonNames;
extern const Lint kSubjectCommonNameIncluded;

// subject/country.cc
extern const Lint kSubjectCountryNotIso;

// names/san_missing.cc
extern const Lint kExtSanMissing;
extern const Lint kExtSanNoEntries;

// names/san_critical.cc
extern const Lint kExtSanNotCriticalWithoutSubject;
extern const Lint kExtSanCriticalWithSubjectDn;

// names/san_types.cc
extern const Lint kExtSanOtherNamePresent;
extern const Lint kExtSanRfc822NamePresent;
extern const Lint kExtSanX400AddressPresent;
extern const Lint kExtSanDirectoryNamePresent;
extern const Lint kExtSanEdiPartyNamePresent;
extern const Lint kExtSanUniformResourceIdentifierPresent;
extern const Lint kExtSanRegisteredIdPresent;

// names/san_duplicate.cc
extern const Lint kSanDnsNameDuplicate;

// names/san_count.cc
extern const Lint kSanCountAboveProfile;

// names/dns_characters.cc
extern const Lint kExtSanDnsNotIa5String;
extern const Lint kSanDnsNameIncludesNullChar;
extern const Lint kExtSanSpaceDnsName;

// names/dns_labels.cc
extern const Lint kDnsnameBadCharacterInLabel;
extern const Lint kUnderscoreNotPermissibleInDnsname;
extern const Lint kDnsnameLabelTooLong;
extern const Lint kExtSanDnsNameTooLong;
extern const Lint kDnsnameEmptyLabel;
extern const Lint kSanDnsNameStartsWithPeriod;
extern const Lint kSanDnsNameEndsWithPeriod;
extern const Lint kDnsnameHyphenAtEdgeOfLabel;
extern const Lint kDnsnameContainsProhibitedReservedLabel;

// names/idn.cc
extern const Lint kInternationalDnsNameNotUnicode;
extern const Lint kInternationalDnsNameNotNfc;

// names/public_suffix.cc
extern const Lint kDnsnameNotValidTld;
extern const Lint kDnsnameContainsBareIanaSuffix;
extern const Lint kDnsnameWildcardLeftOfPublicSuffix;

// names/wildcard.cc
extern const Lint kDnsnameLeftLabelWildcardCorrect;
extern const Lint kDnsnameWildcardOnlyInLeftLabel;

// names/special_domains.cc
extern const Lint kArpaDomainNotAllowed;
extern const Lint kSanDnsNameOnionInvalid;

// names/addresses.cc
extern const Lint kExtSanContainsReservedIp;
extern const Lint kExtSanIpWrongLength;
extern const Lint kExtSanIpIsV4Mapped;

// key/rsa_size.cc
extern const Lint kRsaModLessThan2048Bits;
extern const Lint kMpModulusMustBeDivisibleBy8;
extern const Lint kRsaModLongerThan8192Bits;

// key/rsa_exponent.cc
extern const Lint kRsaPublicExponentNotOdd;
extern const Lint kRsaPublicExponentTooSmall;
extern const Lint kRsaPublicExponentNotInRange;

// key/rsa_weakness.cc
extern const Lint kRsaModNotOdd;
extern const Lint kRsaModFactorsSmallerThan752;
extern const Lint kRsaModPrimePower;
extern const Lint kRsaRocaFingerprint;
extern const Lint kRsaFermatFactorization;

// key/ec_curve.cc
extern const Lint kEcImproperCurves;

// key/spki.cc
extern const Lint kAlgorithmIdentifierImproperEncoding;
extern const Lint kSpkiRsaEncryptionParameterNotNull;
extern const Lint kMpRsassaPssInSpki;
extern const Lint kPublicKeyMalformed;

// key/blocklisted.cc
extern const Lint kKeyBlocklisted;

// extensions/authority_key_id.cc
extern const Lint kMpAuthorityKeyIdentifierCorrect;
extern const Lint kAuthorityKeyIdentifierNotOfIssuer;
extern const Lint kExtAuthorityKeyIdentifierCritical;

// extensions/subject_key_id.cc
extern const Lint kExtSubjectKeyIdentifierNotRecommendedSubscriber;
extern const Lint kExtSubjectKeyIdentifierMissingCa;
extern const Lint kExtSubjectKeyIdentifierCritical;

// extensions/key_usage.cc
extern const Lint kExtKeyUsageMissing;
extern const Lint kExtKeyUsageNotCritical;
extern const Lint kExtKeyUsageWithoutBits;
extern const Lint kSuperfluousKuEncoding;

// extensions/key_usage_of_leaf.cc
extern const Lint kCabfEccAllowedKeyUsages;
extern const Lint kCabfEccKuKeyagreementPresent;
extern const Lint kRsaAllowedKuEe;
extern const Lint kRsaKuDataenciphermentPresent;
extern const Lint kSubCertKeyUsageCertSignBitSet;
extern const Lint kSubCertKeyUsageCrlSignBitSet;

// extensions/purposes.cc
extern const Lint kSubCertEkuMissing;
extern const Lint kEkuCritical;
extern const Lint kSubCertEkuServerAuthClientAuthMissing;
extern const Lint kSubCertEkuCheck;
extern const Lint kSubCertEkuExtraValues;
extern const Lint kClientAuthNotAllowed;

// extensions/basic_constraints.cc
extern const Lint kSubCertNotIsCa;
extern const Lint kBasicConstrInvalidDer;
extern const Lint kSubCertBasicConstraintsNotCritical;

// extensions/policies.cc
extern const Lint kSubCertCertificatePoliciesMissing;
extern const Lint kPolicyQualifiersOtherThanCpsNotPermitted;
extern const Lint kExtCertPolicyDuplicate;
extern const Lint kSubCertReservedPolicyNotExactlyOne;
extern const Lint kSubCertAnyPolicyPresent;
extern const Lint kExtCertPoliciesCritical;
extern const Lint kSubCaPoliciesNotReserved;

// extensions/authority_info_access.cc
extern const Lint kAiaCaIssuersMustHaveHttpOnly;
extern const Lint kAiaMustContainPermittedAccessMethod;
extern const Lint kAiaUniqueAccessLocations;
extern const Lint kAiaCritical;
extern const Lint kSubCertAiaMissing;
extern const Lint kSubCertAiaMissingWarning;

// extensions/crl_distribution_points.cc
extern const Lint kMissingCrlDistribPoint;
extern const Lint kCrlDistribPointsNotHttp;
extern const Lint kCrlissuerMustNotBePresentInCdp;
extern const Lint kCrlDistribPointsNotFullName;
extern const Lint kCrlDistribPointsNotExactlyOne;
extern const Lint kCrlDistribPointsCritical;
extern const Lint kShortLivedLongerThan7Days;
extern const Lint kSubCaCrlDistribPointsMissing;

// extensions/unknown.cc
extern const Lint kExtDuplicateExtension;
extern const Lint kCertExtInvalidDer;
extern const Lint kExtUnknown;
extern const Lint kCertWithoutExtensions;

// extensions/forbidden_in_leaf.cc
extern const Lint kExtNameConstraintsNotInCa;
extern const Lint kExtPolicyConstraintsNotInCa;
extern const Lint kExtSubjectInfoAccessInLeaf;

// extensions/profile_order.cc
extern const Lint kExtensionsDifferFromProfile;

// ct/precertificate.cc
extern const Lint kPrecertPoisonIncorrect;
extern const Lint kPrecertWithSctList;
extern const Lint kPoisonInCertificate;

// ct/sct_list.cc
extern const Lint kSctListMissing;
extern const Lint kSctListCritical;
extern const Lint kEmptySctList;
extern const Lint kSctListMalformed;

// ct/sct_policy.cc
extern const Lint kCtSctPolicyCountUnsatisfied;
extern const Lint kSctsFromSameOperator;
extern const Lint kSctsOfNoApprovedLog;
extern const Lint kSctsOfStaticLogsOnly;

// ct/precertificate_differs.cc
extern const Lint kCertificateDiffersFromPrecertificate;

// names/ordered_names.cc
extern const Lint kNamesDifferFromOrder;

// ca/subject.cc
extern const Lint kCaCountryNameMissing;
extern const Lint kCaOrganizationNameMissing;
extern const Lint kCaCommonNameMissing;

// ca/basic_constraints.cc
extern const Lint kCaIsCa;
extern const Lint kCaBasicConstraintsNotCritical;
extern const Lint kRootPathLengthPresent;
extern const Lint kSubCaPathLengthNotZero;

// ca/key_usage.cc
extern const Lint kCaKeyCertSignNotSet;
extern const Lint kCaCrlSignNotSet;
extern const Lint kCaKeyUsageOtherBits;

// ca/purposes.cc
extern const Lint kSubCaEkuServerAuthMissing;
extern const Lint kSubCaEkuClientAuth;
extern const Lint kSubCaEkuOtherPurposes;
extern const Lint kRootEkuPresent;
extern const Lint kCaEkuOcspSigning;

// ca/validity.cc
extern const Lint kRootValidityOutOfRange;
extern const Lint kSubCaValidLongerThan3Years;

// ca/root.cc
extern const Lint kRootNotSelfIssued;
extern const Lint kRootAuthorityKeyIdentifierNotOwn;
extern const Lint kRootSuperfluousExtension;

// ocsp/signer.cc
extern const Lint kOcspSignerPurpose;
extern const Lint kOcspSignerKeyUsage;
extern const Lint kOcspSignerNocheck;
extern const Lint kOcspSignerForbiddenExtension;
extern const Lint kOcspSignerAvoidedExtension;

// ocsp/response.cc
extern const Lint kOcspResponseType;
extern const Lint kOcspResponderNotByKey;
extern const Lint kOcspNotOnePlainAnswer;
extern const Lint kOcspReasonCodeExtension;
extern const Lint kOcspReasonNotAllowed;

// ocsp/response_times.cc
extern const Lint kOcspNextUpdateMissing;
extern const Lint kOcspValidityInterval;
extern const Lint kOcspNextUpdateAfterSigner;
extern const Lint kOcspTimeForm;
extern const Lint kOcspTimeOrder;

// crl/next_update.cc
extern const Lint kCrlNextUpdateInvalid;
extern const Lint kCrlThisUpdateInFuture;

// crl/number.cc
extern const Lint kCrlMissingCrlNumber;
extern const Lint kCrlNumberOutOfRange;
extern const Lint kCrlNumberCritical;
extern const Lint kCrlNumberNotIncreasing;

// crl/version.cc
extern const Lint kCrlVersionNotV2;

// crl/extensions.cc
extern const Lint kCrlAuthKeyIdOnlyContainsKeyid;
extern const Lint kCrlDelta;
extern const Lint kCrlExtensionsValidity;

// crl/issuing_distribution_point.cc
extern const Lint kCrlIdpNotCritical;
extern const Lint kCrlIdpScope;
extern const Lint kCrlIdpUrlNotOfCertificates;

// crl/entries.cc
extern const Lint kCabCrlHasValidReasonCode;
extern const Lint kCabCrlReasonCodeNotCritical;
extern const Lint kCrlEmptyRevokedCertificates;
extern const Lint kCrlUniqueRevokedCertificate;
extern const Lint kCrlEntryOtherExtension;
extern const Lint kCaCrlEntryWithoutReason;

}  // namespace cairn::lint
