#pragma once
// Answers as bytes.

#include <ctime>
#include <string>

#include "webhook/server/http_server.h"

namespace railhook {

enum class BodyForm { kWhole, kLengthOnly /* what HEAD asks for */ };

// One message for one write. `now` becomes its Date.
std::string Serialize(const HttpResponse& response, BodyForm form, std::time_t now);

}  // namespace railhook
