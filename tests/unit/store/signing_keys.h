// Keys for tests: those of RFC 8032, section 7.1, tests 1 and 2. All the world knows them.
#pragma once

namespace da::test {

inline constexpr const char* kFirstPrivate =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr const char* kFirstPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";
inline constexpr const char* kSecondPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
    "-----END PUBLIC KEY-----\n";
/// Of another kind (P-256).
inline constexpr const char* kEllipticPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWIjDuv0XFAPx+QaPNOmUslNCoalx\n"
    "WakyyKQe+cbujKigBQ8GCIOWV9AX2e0iQ6WIWT2mm6OtPzMw06IV+eN48Q==\n"
    "-----END PUBLIC KEY-----\n";
/// The passphrase is "x".
inline constexpr const char* kProtectedPrivate =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgaOrPQXg8SrgICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEF1PhOXm1+luzwlkRNB46/0EQDO6\n"
    "mgEhRWI/yi2YCo5u34gmm5Na20hjOe1cXRb0iNT2+vojUH2IUyHZ3pnWUYNUn7G8\n"
    "Url7kdT9MS0pPuhqJf4=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

}  // namespace da::test
