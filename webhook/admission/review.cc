#include "webhook/admission/review.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace railhook {
namespace {

constexpr std::string_view kVersion = "admission.k8s.io/v1";
constexpr std::size_t kLongestName = 253;  // RFC 1123, and more than any uid has

Result<> CheckEnvelope(const Json& review) {
  if (!review.is_object())
    return Fail(ErrorCode::kInvalid, "the body is no AdmissionReview but no object at all");
  const std::string version = MemberText(review, "apiVersion");
  const std::string kind = MemberText(review, "kind");
  if (version != kVersion || kind != "AdmissionReview") {
    return Fail(ErrorCode::kInvalid, "the body has apiVersion " + Quoted(OneLine(version, 60)) +
                                         " and kind " + Quoted(OneLine(kind, 60)) + ", not \"" +
                                         std::string(kVersion) + "\" and \"AdmissionReview\"");
  }
  return {};
}

// What is echoed in answers and logs.
Result<> CheckLength(std::string_view field, std::string_view text) {
  if (text.size() <= kLongestName) return {};
  return Fail(ErrorCode::kInvalid, "request." + std::string(field) + " is longer than " +
                                       std::to_string(kLongestName) + " bytes");
}

std::shared_ptr<const Json> TakeObject(Json& request, const char* key) {
  const auto object = request.find(key);
  return std::make_shared<const Json>(object == request.end() ? Json() : std::move(*object));
}

Result<AdmissionRequest> ReadRequest(Json& request) {
  AdmissionRequest read;
  read.uid = MemberText(request, "uid");
  if (read.uid.empty()) return Fail(ErrorCode::kInvalid, "request.uid is missing, or is no text");
  TRY(CheckLength("uid", read.uid));
  if (const auto resource = request.find("resource");
      resource != request.end() && resource->is_object()) {
    read.group = MemberText(*resource, "group");
    read.resource = MemberText(*resource, "resource");
  }
  read.sub_resource = MemberText(request, "subResource");
  read.operation = MemberText(request, "operation");
  read.name_space = MemberText(request, "namespace");
  TRY(CheckLength("namespace", read.name_space));
  const auto dry_run = request.find("dryRun");
  read.dry_run = dry_run != request.end() && dry_run->is_boolean() && dry_run->get<bool>();
  read.object = TakeObject(request, "object");
  read.old_object = TakeObject(request, "oldObject");
  return read;
}

}  // namespace

std::size_t MostBytesToAnswer(std::string_view body) { return 2 * MostBytesOfJson(body); }

Result<AdmissionRequest> ParseAdmissionReview(std::string_view body) {
  Json review = TRY(ParseJson(body));
  TRY(CheckEnvelope(review));
  const auto request = review.find("request");
  if (request == review.end() || !request->is_object()) {
    return Fail(ErrorCode::kInvalid, "the AdmissionReview has no request");
  }
  return ReadRequest(*request);
}

}  // namespace railhook
