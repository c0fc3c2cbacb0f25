#pragma once
// The steps of a rotation as changes of the Secret. While a CA is being replaced, its successor
// stands in ca.crt as well, and the successor's key in next-ca.key.

#include <ctime>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "certs/lifetimes.h"
#include "certs/rotation_step.h"
#include "certs/server_names.h"

namespace railhook {

// What the Secret holds. kInvalid where tls.crt can't be read.
Result<SecretFacts> ReadSecretFacts(const nlohmann::json& secret);

// The Secret with a new leaf, signed by the CA whose key is in ca.key. kInvalid where there is no
// such CA, or where it has expired.
Result<nlohmann::json> WithNewLeaf(nlohmann::json secret, const ServerNames& names,
                                   const Lifetimes& lifetimes, std::time_t now);

// The Secret after the step, which NextStep chose for it.
Result<nlohmann::json> AfterStep(RotationStep step, nlohmann::json secret, const ServerNames& names,
                                 const Lifetimes& lifetimes, std::time_t now);

}  // namespace railhook
