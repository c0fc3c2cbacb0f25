#include "tests/fakes/fake_request.h"

#include <cstdlib>
#include <sstream>
#include <vector>

#include "k8sclient/object.h"

namespace railhook {
namespace {

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    if (!escape) {
      decoded += text[i] == '+' ? ' ' : text[i];  // as Go reads a query
      continue;
    }
    decoded +=
        static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
    i += 2;
  }
  return decoded;
}

std::map<std::string, std::string> ReadQuery(const std::string& text) {
  std::map<std::string, std::string> query;
  for (const std::string& pair : Split(text, '&')) {
    const auto equals = pair.find('=');
    if (equals != pair.npos) query[pair.substr(0, equals)] = Decoded(pair.substr(equals + 1));
  }
  return query;
}

// "/api/v1[/namespaces/NS]/PLURAL[/NAME]", "/apis/GROUP/VERSION..." alike; a Namespace itself is at
// "/api/v1/namespaces/NAME".
void ReadPath(const std::string& path, FakeRequest& request) {
  const auto parts = Split(path, '/');  // the first one is empty
  const std::size_t start = path.starts_with("/api/") ? 3 : 4;
  const bool spaced = parts.size() > start + 2 && parts[start] == "namespaces";
  const std::size_t plural = spaced ? start + 2 : start;
  for (std::size_t i = 1; i < start && i < parts.size(); ++i) request.resource += '/' + parts[i];
  if (spaced) request.name_space = Decoded(parts[start + 1]);
  if (parts.size() > plural) request.resource += '/' + parts[plural];
  if (parts.size() > plural + 1) request.name = Decoded(parts[plural + 1]);
}

// `label` is "app=web", or "app": of any value.
bool HasLabel(const Json* labels, const std::string& label) {
  const auto equals = label.find('=');
  const std::string key = label.substr(0, equals);
  if (Member(labels, key) == nullptr) return false;
  return equals == std::string::npos || TextMember(labels, key) == label.substr(equals + 1);
}

}  // namespace

std::string FakeRequest::Query(const std::string& key) const {
  const auto found = query.find(key);
  return found == query.end() ? "" : found->second;
}

bool FakeRequest::Selects(const Json& object) const {
  const Json* metadata = Member(&object, "metadata");
  if (!name_space.empty() && TextMember(metadata, "namespace") != name_space) return false;
  const std::string field = Query("fieldSelector"), label = Query("labelSelector");
  const bool labelled = label.empty() || HasLabel(Member(metadata, "labels"), label);
  return labelled && (field.empty() || field == "metadata.name=" + TextMember(metadata, "name") ||
                      field == "spec.nodeName=" + TextMember(Member(&object, "spec"), "nodeName"));
}

Json FakeRequest::Shown(const Json& object) const {
  if (!metadata_only) return object;
  return {{"apiVersion", "meta.k8s.io/v1"},
          {"kind", "PartialObjectMetadata"},
          {"metadata", object["metadata"]}};
}

FakeRequest ReadFakeRequest(const ApiRequest& request) {
  FakeRequest read;
  read.method = request.method;
  read.content_type = request.content_type;
  read.metadata_only = request.accept.find("as=PartialObjectMetadata") != std::string::npos;
  const auto question = request.path.find('?');
  ReadPath(request.path.substr(0, question), read);
  if (question != std::string::npos) read.query = ReadQuery(request.path.substr(question + 1));
  if (auto body = ParseJson(request.body)) read.body = *std::move(body);
  return read;
}

ApiResponse ObjectAnswer(int status, const Json& object) {
  return {.status = status, .body = Compact(object) + '\n'};
}

Json FailureStatus(int status, std::string_view reason, std::string_view message) {
  return {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
          {"status", "Failure"}, {"message", message}, {"reason", reason},
          {"code", status}};
}

ApiResponse FailureAnswer(int status, std::string_view reason, std::string_view message) {
  return ObjectAnswer(status, FailureStatus(status, reason, message));
}

}  // namespace railhook
