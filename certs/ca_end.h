#pragma once
// When the CA of a serving certificate ends.

#include <ctime>
#include <optional>

#include "certs/certificate_source.h"

namespace railhook {

// The end of the CA in `ca_pem` that `chain_pem` leads to, of the longest-lived where several have
// its name and key; nullopt where there is none.
std::optional<std::time_t> CaEnd(const Certificate& certificate);

}  // namespace railhook
