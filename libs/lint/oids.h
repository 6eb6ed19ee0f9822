#pragma once

#include <string_view>

// Object identifiers as the content octets of their DER: comparing them costs
// nothing, and needs no parser that could be wrong.
namespace cairn::lint::oid {

using namespace std::string_view_literals;

// Attributes of names (X.520, RFC 4519).
inline constexpr std::string_view kCommonName = "\x55\x04\x03"sv;
inline constexpr std::string_view kSurname = "\x55\x04\x04"sv;
inline constexpr std::string_view kCountry = "\x55\x04\x06"sv;
inline constexpr std::string_view kLocality = "\x55\x04\x07"sv;
inline constexpr std::string_view kProvince = "\x55\x04\x08"sv;
inline constexpr std::string_view kStreet = "\x55\x04\x09"sv;
inline constexpr std::string_view kOrganization = "\x55\x04\x0a"sv;
inline constexpr std::string_view kOrganizationalUnit = "\x55\x04\x0b"sv;
inline constexpr std::string_view kPostalCode = "\x55\x04\x11"sv;
inline constexpr std::string_view kGivenName = "\x55\x04\x2a"sv;
inline constexpr std::string_view kDomainComponent = "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"sv;

// Extensions (RFC 5280 sections 4.2 and 5.2).
inline constexpr std::string_view kSubjectKeyId = "\x55\x1d\x0e"sv;
inline constexpr std::string_view kKeyUsage = "\x55\x1d\x0f"sv;
inline constexpr std::string_view kSubjectAltName = "\x55\x1d\x11"sv;
inline constexpr std::string_view kBasicConstraints = "\x55\x1d\x13"sv;
inline constexpr std::string_view kCrlNumber = "\x55\x1d\x14"sv;
inline constexpr std::string_view kReasonCode = "\x55\x1d\x15"sv;
inline constexpr std::string_view kDeltaCrlIndicator = "\x55\x1d\x1b"sv;
inline constexpr std::string_view kIssuingDistributionPoint = "\x55\x1d\x1c"sv;
inline constexpr std::string_view kNameConstraints = "\x55\x1d\x1e"sv;
inline constexpr std::string_view kCrlDistributionPoints = "\x55\x1d\x1f"sv;
inline constexpr std::string_view kPolicies = "\x55\x1d\x20"sv;
inline constexpr std::string_view kAuthorityKeyId = "\x55\x1d\x23"sv;
inline constexpr std::string_view kPolicyConstraints = "\x55\x1d\x24"sv;
inline constexpr std::string_view kExtKeyUsage = "\x55\x1d\x25"sv;
inline constexpr std::string_view kFreshestCrl = "\x55\x1d\x2e"sv;
inline constexpr std::string_view kAuthorityInfoAccess = "\x2b\x06\x01\x05\x05\x07\x01\x01"sv;
inline constexpr std::string_view kSubjectInfoAccess = "\x2b\x06\x01\x05\x05\x07\x01\x0b"sv;
inline constexpr std::string_view kOcspNoCheck = "\x2b\x06\x01\x05\x05\x07\x30\x01\x05"sv;
// RFC 6962 sections 3.1 and 3.3.
inline constexpr std::string_view kSctList = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02"sv;
inline constexpr std::string_view kPoison = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03"sv;

// Purposes (RFC 5280 section 4.2.1.12; RFC 6962 section 3.1 for the last).
inline constexpr std::string_view kAnyPurpose = "\x55\x1d\x25\x00"sv;
inline constexpr std::string_view kServerAuth = "\x2b\x06\x01\x05\x05\x07\x03\x01"sv;
inline constexpr std::string_view kClientAuth = "\x2b\x06\x01\x05\x05\x07\x03\x02"sv;
inline constexpr std::string_view kCodeSigning = "\x2b\x06\x01\x05\x05\x07\x03\x03"sv;
inline constexpr std::string_view kEmailProtection = "\x2b\x06\x01\x05\x05\x07\x03\x04"sv;
inline constexpr std::string_view kTimeStamping = "\x2b\x06\x01\x05\x05\x07\x03\x08"sv;
inline constexpr std::string_view kOcspSigning = "\x2b\x06\x01\x05\x05\x07\x03\x09"sv;
inline constexpr std::string_view kPrecertSigning = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x04"sv;

// Access methods, qualifiers, policies.
inline constexpr std::string_view kOcsp = "\x2b\x06\x01\x05\x05\x07\x30\x01"sv;
inline constexpr std::string_view kCaIssuers = "\x2b\x06\x01\x05\x05\x07\x30\x02"sv;
inline constexpr std::string_view kOcspBasic = "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"sv;
inline constexpr std::string_view kCps = "\x2b\x06\x01\x05\x05\x07\x02\x01"sv;
inline constexpr std::string_view kAnyPolicy = "\x55\x1d\x20\x00"sv;
inline constexpr std::string_view kDomainValidated = "\x67\x81\x0c\x01\x02\x01"sv;
// 2.23.140.1.2.2, .3 and 2.23.140.1.1: the other three that BR 7.1.6.1 reserves.
inline constexpr std::string_view kOrganizationValidated = "\x67\x81\x0c\x01\x02\x02"sv;
inline constexpr std::string_view kIndividualValidated = "\x67\x81\x0c\x01\x02\x03"sv;
inline constexpr std::string_view kExtendedValidation = "\x67\x81\x0c\x01\x01"sv;

// Keys and signatures.
inline constexpr std::string_view kRsaEncryption = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
inline constexpr std::string_view kRsaPss = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"sv;
inline constexpr std::string_view kEcPublicKey = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
inline constexpr std::string_view kP256 = "\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;
inline constexpr std::string_view kP384 = "\x2b\x81\x04\x00\x22"sv;
inline constexpr std::string_view kP521 = "\x2b\x81\x04\x00\x23"sv;

}  // namespace cairn::lint::oid
