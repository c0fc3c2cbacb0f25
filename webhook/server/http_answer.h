#pragma once
// Answers in plain text, and answers as bytes.

#include <ctime>
#include <string>

#include "webhook/server/http_server.h"

namespace railhook {

// For people, in UTF-8.
HttpResponse PlainText(int status, std::string text);

// In Prometheus' text format.
HttpResponse PrometheusText(std::string text);

enum class BodyForm { kWhole, kLengthOnly /* what HEAD asks for */ };

// One message for one write. `now` becomes its Date.
std::string Serialize(const HttpResponse& response, BodyForm form, std::time_t now);

}  // namespace railhook
