#pragma once
// The question: an AdmissionReview of admission.k8s.io/v1 as the API server sends it.

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

struct AdmissionRequest {
  std::string uid;       // echoed byte for byte
  std::string group;     // of the resource; "" is the core group
  std::string resource;  // "pods"
  std::string sub_resource;
  std::string operation;   // "CREATE"
  std::string name_space;  // of the request: an object's own may be empty
  bool dry_run = false;
  std::shared_ptr<const nlohmann::json> object;      // never null; JSON null where there is none
  std::shared_ptr<const nlohmann::json> old_object;  // the same; what is there before an UPDATE
};

// The request in an AdmissionReview. kInvalid says what keeps `body` from being one.
Result<AdmissionRequest> ParseAdmissionReview(std::string_view body);

// How many bytes an answer to `body` takes at most, beside it: the review, and a copy of the object
// to try the patch on.
std::size_t MostBytesToAnswer(std::string_view body);

}  // namespace railhook
