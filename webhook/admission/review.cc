#include "webhook/admission/review.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace railhook {
namespace {

constexpr std::string_view kVersion = "admission.k8s.io/v1";

std::string Text(const Json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<> CheckEnvelope(const Json& review) {
  if (!review.is_object())
    return Fail(ErrorCode::kInvalid, "the body is no AdmissionReview but no object at all");
  const std::string version = Text(review, "apiVersion");
  const std::string kind = Text(review, "kind");
  if (version != kVersion || kind != "AdmissionReview") {
    return Fail(ErrorCode::kInvalid, "the body has apiVersion " + Quoted(OneLine(version, 60)) +
                                         " and kind " + Quoted(OneLine(kind, 60)) + ", not \"" +
                                         std::string(kVersion) + "\" and \"AdmissionReview\"");
  }
  return {};
}

Result<AdmissionRequest> ReadRequest(Json& request) {
  AdmissionRequest read;
  read.uid = Text(request, "uid");
  if (read.uid.empty()) return Fail(ErrorCode::kInvalid, "request.uid is missing, or is no text");
  if (const auto resource = request.find("resource");
      resource != request.end() && resource->is_object()) {
    read.group = Text(*resource, "group");
    read.resource = Text(*resource, "resource");
  }
  read.sub_resource = Text(request, "subResource");
  read.operation = Text(request, "operation");
  read.name_space = Text(request, "namespace");
  const auto dry_run = request.find("dryRun");
  read.dry_run = dry_run != request.end() && dry_run->is_boolean() && dry_run->get<bool>();
  const auto object = request.find("object");
  read.object = std::make_shared<const Json>(object == request.end() ? Json() : std::move(*object));
  return read;
}

}  // namespace

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
