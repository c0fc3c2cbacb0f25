#include "k8sclient/client.h"

#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/line_splitter.h"

namespace railhook {
namespace {

constexpr std::size_t kMostBytesInALine = 16 << 20;  // an object has at most a few MiB
constexpr std::string_view kMetadataList =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
constexpr std::string_view kMetadata =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

void AddQuery(std::string& path, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  path += path.find('?') == std::string::npos ? '?' : '&';
  path += key;
  path += '=' + PercentEncoded(value);
}

std::string SelectionPath(const Selection& selection) {
  std::string path = PathOf(selection.type, selection.name_space, "");
  AddQuery(path, "labelSelector", selection.label_selector);
  AddQuery(path, "fieldSelector", selection.field_selector);
  return path;
}

ErrorCode CodeOf(int status) {
  switch (status) {
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 410:
      return ErrorCode::kGone;
    case 401:
    case 403:
      return ErrorCode::kUnauthorized;
    case 408:
    case 429:
      return ErrorCode::kUnavailable;
    default:
      return status >= 400 && status < 500 ? ErrorCode::kInvalid : ErrorCode::kUnavailable;
  }
}

// The message of a Status object, else the beginning of the text itself.
std::string ServersWords(const std::string& body) {
  constexpr std::size_t kMost = 500;
  const auto status = ParseJson(body);
  const std::string message = status ? TextMember(&*status, "message") : "";
  return OneLine(message.empty() ? Trim(body) : std::string_view(message), kMost);
}

tl::unexpected<Error> Refusal(const ApiRequest& request, const ApiResponse& response) {
  const auto path = request.path.substr(0, request.path.find('?'));
  return Fail(CodeOf(response.status), request.method + ' ' + path + ": " +
                                           std::to_string(response.status) + ' ' +
                                           ServersWords(response.body));
}

std::string_view ContentType(PatchKind kind) {
  switch (kind) {
    case PatchKind::kMerge:
      return "application/merge-patch+json";
    case PatchKind::kJson:
      return "application/json-patch+json";
    case PatchKind::kApply:
      break;
  }
  return "application/apply-patch+yaml";
}

}  // namespace

Selection Selection::All(const ResourceType& type) {
  Selection selection;
  selection.type = type;
  return selection;
}

Selection Selection::AllMetadata(const ResourceType& type) {
  Selection selection = All(type);
  selection.metadata_only = true;
  return selection;
}

Selection Selection::One(const ResourceType& type, std::string name_space, std::string_view name) {
  Selection selection = All(type);
  selection.name_space = std::move(name_space);
  selection.field_selector = "metadata.name=" + std::string(name);
  return selection;
}

KubeClient::KubeClient(Transport& transport, std::stop_token stop)
    : transport_(transport), stop_(std::move(stop)) {}

Result<Json> KubeClient::Exchange(const ApiRequest& request) const {
  return Exchange(request, [](std::string_view body) { return ParseJson(body, kAnyNumber); });
}

Result<Json> KubeClient::Exchange(const ApiRequest& request, const Parser& parse) const {
  const ApiResponse response = TRY(transport_.Send(request, stop_));
  if (response.status < 200 || response.status > 299) return Refusal(request, response);
  auto object = parse(response.body);
  if (!object) {
    return Fail(ErrorCode::kUnavailable,
                request.method + ' ' + request.path + ": not JSON: " + object.error().message);
  }
  return object;
}

Result<Json> KubeClient::Get(const ResourceType& type, std::string_view name_space,
                             std::string_view name) const {
  ApiRequest request;
  request.path = PathOf(type, name_space, name);
  return Exchange(request);
}

Result<Page> KubeClient::List(const Selection& selection, std::string_view next, int limit,
                              const std::function<void(Json&&)>& use) const {
  ApiRequest request;
  request.path = SelectionPath(selection);
  AddQuery(request.path, "limit", std::to_string(limit));
  AddQuery(request.path, "continue", next);
  if (selection.metadata_only) request.accept = kMetadataList;
  Json list = TRY(
      Exchange(request, [&](std::string_view body) { return ParseJsonList(body, "items", use); }));
  const Json* metadata = Member(&list, "metadata");
  Page page;
  page.resource_version = TextMember(metadata, "resourceVersion");
  page.next = TextMember(metadata, "continue");
  const auto items = list.find("items");
  const bool is_list = items != list.end() && (items->is_array() || items->is_null());
  if (!is_list || page.resource_version.empty())
    return Fail(ErrorCode::kUnavailable, "GET " + request.path + ": the answer is no list");
  for (Json& rest : *items) use(std::move(rest));  // what is no object
  return page;
}

Result<Json> KubeClient::Create(const ResourceType& type, std::string_view name_space,
                                const Json& object) const {
  ApiRequest request;
  request.method = "POST";
  request.path = PathOf(type, name_space, "");
  request.body = Compact(object);
  return Exchange(request);
}

Result<Json> KubeClient::Update(const ResourceType& type, std::string_view name_space,
                                const Json& object) const {
  ApiRequest request;
  request.method = "PUT";
  request.path = PathOf(type, name_space, TextMember(Member(&object, "metadata"), "name"));
  request.body = Compact(object);
  return Exchange(request);
}

Result<Json> KubeClient::Patch(const ResourceType& type, std::string_view name_space,
                               std::string_view name, PatchKind kind, const Json& patch) const {
  std::string path = PathOf(type, name_space, name);
  if (kind == PatchKind::kApply) path += "?fieldManager=railhook&force=true";
  return SendPatch(std::move(path), ContentType(kind), patch);
}

Result<Json> KubeClient::PatchStatus(const ResourceType& type, std::string_view name_space,
                                     std::string_view name, const Json& patch) const {
  return SendPatch(PathOf(type, name_space, name) + "/status", ContentType(PatchKind::kMerge),
                   patch);
}

Result<Json> KubeClient::SendPatch(std::string path, std::string_view content_type,
                                   const Json& patch) const {
  ApiRequest request;
  request.method = "PATCH";
  request.path = std::move(path);
  request.body = Compact(patch);
  request.content_type = content_type;
  return Exchange(request);
}

Result<> KubeClient::DeleteUnchanged(const ResourceType& type, std::string_view name_space,
                                     const Json& object) const {
  const Json* metadata = Member(&object, "metadata");
  ApiRequest request;
  request.method = "DELETE";
  request.path = PathOf(type, name_space, TextMember(metadata, "name"));
  request.body = Compact(Json{{"preconditions",
                               {{"uid", TextMember(metadata, "uid")},
                                {"resourceVersion", TextMember(metadata, "resourceVersion")}}}});
  TRY(Exchange(request));
  return {};
}

Result<> KubeClient::Evict(std::string_view name_space, std::string_view pod,
                           std::string_view uid) const {
  ApiRequest request;
  request.method = "POST";
  request.path = PathOf(kPods, name_space, pod) + "/eviction";
  request.body = Compact(Json{{"apiVersion", "policy/v1"},
                              {"kind", "Eviction"},
                              {"metadata", {{"namespace", name_space}, {"name", pod}}},
                              {"deleteOptions", {{"preconditions", {{"uid", uid}}}}}});
  TRY(Exchange(request));
  return {};
}

Result<> KubeClient::Watch(const Selection& selection, std::string_view resource_version,
                           int seconds, const std::function<bool(std::string_view)>& on_line,
                           const std::function<void()>& on_begun) const {
  ApiRequest request;
  request.path = SelectionPath(selection);
  AddQuery(request.path, "watch", "1");
  AddQuery(request.path, "allowWatchBookmarks", "true");
  AddQuery(request.path, "timeoutSeconds", std::to_string(seconds));
  AddQuery(request.path, "resourceVersion", resource_version);
  if (selection.metadata_only) request.accept = kMetadata;
  bool fed = true;
  bool wanted = true;
  LineSplitter lines(kMostBytesInALine,
                     [&](std::string_view line) { return wanted = on_line(line); });
  const auto feed = [&](std::string_view bytes) {
    if (bytes.empty()) on_begun();
    return fed = lines.Feed(bytes);
  };
  const ApiResponse response = TRY(transport_.Stream(request, feed, stop_));
  if (response.status != 200) return Refusal(request, response);
  if (!fed && wanted)
    return Fail(ErrorCode::kInvalid, "GET " + request.path + ": a line longer than 16 MiB");
  return {};
}

}  // namespace railhook
