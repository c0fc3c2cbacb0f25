#pragma once
// An admission handler behind a path: AdmissionReview in, AdmissionReview out.

#include <string>

#include "webhook/admission/response.h"
#include "webhook/server/http_server.h"

namespace railhook {

// Answers POST `path`. What is no AdmissionReview gets 400 and a reason in plain text: there is no
// uid to answer to. An exception in the handler denies the one request, and the log says why under
// its uid. `handler` must be thread-safe and must not block; what may block it gives as
// LateAdmission.
HttpEndpoint AdmissionEndpoint(std::string path, AdmissionHandler handler);

}  // namespace railhook
