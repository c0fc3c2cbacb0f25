#include "tests/fakes/fake_api_server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "k8sclient/object.h"
#include "k8sclient/watch/store.h"
#include "k8sclient/watch/watch_event.h"
#include "tests/fakes/fake_validation.h"

namespace railhook {
namespace {

const std::string kNext = "page+";   // begins what asks for a next page
constexpr std::size_t kPiece = 100;  // watches come in pieces, as from a network

std::string ResourceOf(const ResourceType& type) { return PathOf(type, "", ""); }

std::string Line(const std::string& type, const Json& object) {
  return Compact(Json{{"type", type}, {"object", object}}) + '\n';
}

// Lists of what is no CRD leave out what is the same for all items.
bool NamesKindInLists(const std::string& resource) {
  return resource.find(".spidernet.io/") != resource.npos ||
         resource.find(".cni.cncf.io/") != resource.npos;
}

Json Item(const FakeRequest& request, const Json& object) {
  Json item = request.Shown(object);
  if (request.metadata_only || NamesKindInLists(request.resource)) return item;
  item.erase("kind");
  item.erase("apiVersion");
  return item;
}

std::string GoneLine() {
  return Line("ERROR", FailureStatus(410, "Expired", "too old resource version"));
}

Result<ApiResponse> NoAnswer() { return Fail(ErrorCode::kUnavailable, "no answer"); }

ApiResponse NoResource() { return {.status = 404, .body = "404 page not found\n"}; }

// What a watch comes to that the server ends.
ApiResponse Ended() { return {.status = 200, .body = ""}; }

std::chrono::seconds TimeOf(const FakeRequest& request) {
  const std::string seconds = request.Query("timeoutSeconds");
  return std::chrono::seconds(seconds.empty() ? 1800 : std::stol(seconds));
}

ApiResponse Refused(int status) {
  return status == 200 ? Ended() : FailureAnswer(status, "Refused", "refused");
}

ApiResponse Invalid(const std::string& why) { return FailureAnswer(422, "Invalid", why); }

ApiResponse NoKind() { return FailureAnswer(400, "BadRequest", "Object 'Kind' is missing"); }

ApiResponse NotFound(const FakeRequest& request) {
  return FailureAnswer(404, "NotFound", '"' + request.name + "\" not found");
}

// Those of DeleteOptions.
bool MeetsPreconditions(const Json& options, const Json& object) {
  const Json* preconditions = Member(&options, "preconditions");
  if (preconditions == nullptr) return true;
  return std::ranges::all_of(preconditions->items(), [&](const auto& one) {
    return object["metadata"].value(one.key(), Json()) == one.value();
  });
}

// RFC 6902; null where a test fails or a path is missing.
Json AfterJsonPatch(const Json& object, const Json& patch) {
  try {
    return object.patch(patch);
  } catch (const Json::exception&) {
    return nullptr;
  }
}

// Server-side apply as far as one manager of plain maps can tell it from a merge.
Json Patched(const FakeRequest& request, Json object) {
  if (request.content_type == "application/json-patch+json")
    return AfterJsonPatch(object, request.body);
  object.merge_patch(request.body);
  return object;
}

}  // namespace

// Counts a watch as open while it is.
class FakeApiServer::Visit {
 public:
  Visit(FakeApiServer& server, const std::string& resource, const Watcher& watcher)
      : server_(server), visit_(server.watches_.emplace(resource, &watcher)) {}
  ~Visit() {
    server_.watches_.erase(visit_);
    server_.changed_.notify_all();
  }
  Visit(const Visit&) = delete;

 private:
  FakeApiServer& server_;
  const std::multimap<std::string, const Watcher*>::iterator visit_;
};

FakeApiServer::FakeApiServer() {
  for (const ResourceType& type :
       {kNamespaces, kSecrets, kEvents, kConfigMaps, kLeases, kMutatingWebhookConfigurations,
        kValidatingWebhookConfigurations})
    AddResource(type);
}

void FakeApiServer::AddResource(const ResourceType& type) {
  const std::lock_guard lock(mutex_);
  resources_.try_emplace(ResourceOf(type));
}

void FakeApiServer::RemoveResource(const ResourceType& type) {
  {
    const std::lock_guard lock(mutex_);
    Objects& objects = resources_.at(ResourceOf(type));
    while (!objects.empty()) Drop(ResourceOf(type), objects, objects.begin()->first);
    resources_.erase(ResourceOf(type));
  }
  EndWatches(WatchEnd::kClosed);
}

void FakeApiServer::Put(const ResourceType& type, Json object) {
  const std::lock_guard lock(mutex_);
  Objects& objects = resources_.at(ResourceOf(type));
  Keep(ResourceOf(type), objects, std::move(object));
}

void FakeApiServer::Remove(const ResourceType& type, std::string_view name_space,
                           std::string_view name) {
  const std::lock_guard lock(mutex_);
  Drop(ResourceOf(type), resources_.at(ResourceOf(type)),
       std::string(name_space) + '/' + std::string(name));
}

Json FakeApiServer::Find(const ResourceType& type, std::string_view name_space,
                         std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const Objects& objects = resources_.at(ResourceOf(type));
  const auto found = objects.find(std::string(name_space) + '/' + std::string(name));
  return found == objects.end() ? Json() : found->second;
}

void FakeApiServer::Fail(std::string part, Fault fault, int times) {
  const std::lock_guard lock(mutex_);
  rules_.push_back({std::move(part), fault, times});
}

void FakeApiServer::Refuse(std::string part, int status, int times) {
  const std::lock_guard lock(mutex_);
  rules_.push_back({std::move(part), status, times});
}

void FakeApiServer::SetDown(bool down) {
  {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  EndWatches(WatchEnd::kMidLine);
}

void FakeApiServer::EndWatches(WatchEnd how) {
  std::unique_lock lock(mutex_);
  how_ = how;
  const long end = ++ends_;
  changed_.notify_all();
  changed_.wait(lock, [&] {
    return std::ranges::none_of(watches_,
                                [&](const auto& watch) { return watch.second->ends < end; });
  });
}

void FakeApiServer::SendBookmarks() {
  const std::lock_guard lock(mutex_);
  ++bookmarks_;
  changed_.notify_all();
}

void FakeApiServer::ForgetHistory() {
  const std::lock_guard lock(mutex_);
  oldest_ = ++version_;
}

void FakeApiServer::ForgetPages() {
  const std::lock_guard lock(mutex_);
  rests_.clear();
}

int FakeApiServer::Calls(std::string_view part) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(calls_.begin(), calls_.end(), [&](const auto& call) {
    return call.find(part) != std::string::npos;
  }));
}

int FakeApiServer::Watches(const ResourceType& type) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(watches_.count(ResourceOf(type)));
}

FakeApiServer::Outcome FakeApiServer::Note(const ApiRequest& request) {
  const std::string& call = calls_.emplace_back(request.method + ' ' + request.path);
  if (down_) return Fault::kNoAnswer;
  for (Rule& rule : rules_) {
    if (rule.times == 0 || call.find(rule.part) == std::string::npos) continue;
    --rule.times;
    return rule.outcome;
  }
  return {};
}

Result<ApiResponse> FakeApiServer::Send(const ApiRequest& request, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const Outcome outcome = Note(request);
  if (const int* status = std::get_if<int>(&outcome)) return Refused(*status);
  const Fault* fault = std::get_if<Fault>(&outcome);
  if (fault != nullptr && *fault == Fault::kHang) changed_.wait(lock, stop, [] { return false; });
  if (stop.stop_requested() || (fault != nullptr && *fault == Fault::kNoAnswer)) return NoAnswer();
  ApiResponse response = Answer(request);
  if (fault == nullptr) return response;
  if (*fault == Fault::kLostAnswer) return NoAnswer();
  response.body.resize(response.body.size() / 2);
  return response;
}

ApiResponse FakeApiServer::Answer(const ApiRequest& request) {
  const FakeRequest read = ReadFakeRequest(request);
  const auto found = resources_.find(read.resource);
  if (found == resources_.end()) return NoResource();
  if (!read.name.empty()) return AnswerOne(read, found->second);
  if (read.method == "GET") return List(read, found->second);
  if (read.method == "POST") return Create(read, found->second);
  return FailureAnswer(405, "MethodNotAllowed", "the server does not allow this method");
}

ApiResponse FakeApiServer::AnswerOne(const FakeRequest& request, Objects& objects) {
  if (request.method == "PATCH") return Patch(request, objects);
  const auto found = objects.find(request.Key());
  if (found == objects.end()) return NotFound(request);
  if (request.method == "GET") return ObjectAnswer(200, request.Shown(found->second));
  if (request.method == "PUT") return Update(request, objects, found->second, request.body);
  return Delete(request, objects);
}

ApiResponse FakeApiServer::List(const FakeRequest& request, const Objects& objects) {
  Rest rest{version_, {}};
  const std::string next = request.Query("continue");
  if (!next.empty()) {
    const auto found = rests_.find(next);
    if (!next.starts_with(kNext))
      return FailureAnswer(400, "BadRequest", "continue key is not valid");
    if (found == rests_.end())
      return FailureAnswer(410, "Expired", "The provided continue parameter is too old");
    rest = found->second;  // which stays: an answer may get lost
  } else {
    for (const auto& [key, object] : objects)
      if (request.Selects(object)) rest.items.push_back(Item(request, object));
  }
  return ObjectAnswer(200, FirstPage(std::move(rest), request.Query("limit")));
}

// The page, which names what is left of the list.
Json FakeApiServer::FirstPage(Rest rest, const std::string& limit) {
  Json list = {{"kind", "List"},
               {"apiVersion", "v1"},
               {"metadata", {{"resourceVersion", std::to_string(rest.version)}}},
               {"items", rest.items}};
  if (limit.empty() || std::stoul(limit) >= rest.items.size()) return list;
  const auto end = rest.items.begin() + std::stol(limit);
  list["items"] = std::vector<Json>(rest.items.begin(), end);
  rest.items.erase(rest.items.begin(), end);
  const std::string next = kNext + std::to_string(++made_) + "/&=";
  list["metadata"]["continue"] = next;
  rests_[next] = std::move(rest);
  return list;
}

ApiResponse FakeApiServer::Create(const FakeRequest& request, Objects& objects) {
  Json object = request.body;
  const Json* metadata = Member(&object, "metadata");
  if (!object.contains("kind")) return NoKind();
  if (TextMember(metadata, "name").empty()) return Invalid("name or generateName is required");
  if (!TextMember(metadata, "resourceVersion").empty())
    return FailureAnswer(400, "BadRequest", "resourceVersion should not be set on new objects");
  if (!request.name_space.empty()) object["metadata"]["namespace"] = request.name_space;
  const std::string key = KeyOf(object);
  if (objects.contains(key)) return FailureAnswer(409, "AlreadyExists", key + " already exists");
  const std::string why = WhyInvalid(request.resource, nullptr, object);
  if (!why.empty()) return Invalid(why);
  return ObjectAnswer(201, Keep(request.resource, objects, std::move(object)));
}

ApiResponse FakeApiServer::Update(const FakeRequest& request, Objects& objects, const Json& old,
                                  Json object) {
  if (!request.name_space.empty()) object["metadata"]["namespace"] = request.name_space;
  if (KeyOf(object) != request.Key())
    return FailureAnswer(400, "BadRequest", "the name of the object does not match the URL");
  if (!object.contains("kind")) return NoKind();
  const std::string version = ResourceVersionOf(object);
  if (version.empty()) return Invalid("metadata.resourceVersion: must be specified for an update");
  if (version != ResourceVersionOf(old))
    return FailureAnswer(409, "Conflict", "the object has been modified");
  const std::string why = WhyInvalid(request.resource, old, object);
  if (!why.empty()) return Invalid(why);
  return ObjectAnswer(200, Keep(request.resource, objects, std::move(object)));
}

ApiResponse FakeApiServer::Patch(const FakeRequest& request, Objects& objects) {
  const auto found = objects.find(request.Key());
  if (found != objects.end()) {
    Json object = Patched(request, found->second);
    if (object.is_null()) return Invalid("the server rejected our request");
    return Update(request, objects, found->second, std::move(object));
  }
  if (request.content_type != "application/apply-patch+yaml") return NotFound(request);
  return Create(request, objects);
}

ApiResponse FakeApiServer::Delete(const FakeRequest& request, Objects& objects) {
  if (!MeetsPreconditions(request.body, objects.at(request.Key())))
    return FailureAnswer(409, "Conflict", "a precondition failed");
  Drop(request.resource, objects, request.Key());
  return ObjectAnswer(200, {{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Success"}});
}

// What changes nothing is no change, as on a real server.
Json FakeApiServer::Keep(const std::string& resource, Objects& objects, Json object) {
  const std::string key = KeyOf(object);
  const auto found = objects.find(key);
  const bool is_new = found == objects.end();
  const std::string uid = "uid-" + std::to_string(++made_);
  object["metadata"]["uid"] = is_new ? Json(uid) : found->second["metadata"]["uid"];
  if (!is_new) {
    object["metadata"]["resourceVersion"] = found->second["metadata"]["resourceVersion"];
    if (object == found->second) return object;
  }
  object = Stamped(std::move(object));
  objects[key] = object;
  history_.push_back({version_, resource, is_new ? "ADDED" : "MODIFIED", object});
  changed_.notify_all();
  return object;
}

void FakeApiServer::Drop(const std::string& resource, Objects& objects, const std::string& key) {
  const auto found = objects.find(key);
  if (found == objects.end()) return;
  Json object = Stamped(std::move(found->second));
  objects.erase(found);
  history_.push_back({version_, resource, "DELETED", std::move(object)});
  changed_.notify_all();
}

Json FakeApiServer::Stamped(Json object) {
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  return object;
}

// A watch is fed without the lock: who gets an event may call in turn.
Result<ApiResponse> FakeApiServer::Stream(const ApiRequest& request,
                                          const std::function<bool(std::string_view)>& on_bytes,
                                          std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto pass = [&](std::string_view piece) {
    lock.unlock();
    const bool more = on_bytes(piece);
    lock.lock();
    return more;
  };
  const auto feed = [&](std::string_view text) {
    bool more = true;
    for (; more && !text.empty(); text.remove_prefix(std::min(kPiece, text.size())))
      more = pass(text.substr(0, kPiece));
    return more;
  };
  const Outcome outcome = Note(request);
  if (const int* status = std::get_if<int>(&outcome)) return Refused(*status);
  if (const Fault* fault = std::get_if<Fault>(&outcome)) {
    if (*fault == Fault::kHang) changed_.wait(lock, stop, [] { return false; });
    return NoAnswer();
  }
  const FakeRequest read = ReadFakeRequest(request);
  if (!resources_.contains(read.resource)) return NoResource();
  Watcher watcher = Begin(read);  // before the lock is let go, lest it miss its own end
  pass("");
  if (IsTooOld(read)) {
    feed(GoneLine());
    return Ended();
  }
  const Visit visit(*this, read.resource, watcher);
  const auto deadline = std::chrono::steady_clock::now() + TimeOf(read);
  std::string news = Beginning(read);
  while (true) {
    if (!feed(news)) return Ended();
    const bool in_time =
        changed_.wait_until(lock, stop, deadline, [&] { return HasNews(watcher); });
    if (stop.stop_requested()) return NoAnswer();
    if (!in_time) return feed(Bookmark(read)), Ended();
    news = News(watcher, read);
    if (watcher.ends == ends_) continue;
    if (how_ == WatchEnd::kClosed) return feed(news), Ended();
    if (how_ == WatchEnd::kGone) return feed(news + GoneLine()), Ended();
    return feed(news + R"({"type":"MODIFIED","object":{"met)"), NoAnswer();
  }
}

bool FakeApiServer::IsTooOld(const FakeRequest& request) const {
  const std::string version = request.Query("resourceVersion");
  return !version.empty() && std::stol(version) < oldest_;
}

// Where the history starts that a watch gets.
FakeApiServer::Watcher FakeApiServer::Begin(const FakeRequest& request) const {
  Watcher watcher{.next = history_.size(), .bookmarks = bookmarks_, .ends = ends_};
  const std::string version = request.Query("resourceVersion");
  if (version.empty()) return watcher;
  while (watcher.next > 0 && history_[watcher.next - 1].version > std::stol(version))
    --watcher.next;
  return watcher;
}

// A watch from nowhere begins with what is there.
std::string FakeApiServer::Beginning(const FakeRequest& request) const {
  std::string lines;
  if (!request.Query("resourceVersion").empty()) return lines;
  for (const auto& [key, object] : resources_.at(request.resource))
    if (request.Selects(object)) lines += Line("ADDED", request.Shown(object));
  return lines;
}

bool FakeApiServer::HasNews(const Watcher& watcher) const {
  return watcher.next < history_.size() || watcher.bookmarks < bookmarks_ || watcher.ends < ends_;
}

std::string FakeApiServer::News(Watcher& watcher, const FakeRequest& request) const {
  std::string lines;
  for (; watcher.next < history_.size(); ++watcher.next) {
    const Change& change = history_[watcher.next];
    if (change.resource == request.resource && request.Selects(change.object))
      lines += Line(change.type, request.Shown(change.object));
  }
  if (watcher.bookmarks == bookmarks_) return lines;
  watcher.bookmarks = bookmarks_;
  return lines + Bookmark(request);
}

// A watch that has heard of nothing newer than its start gets no bookmark.
std::string FakeApiServer::Bookmark(const FakeRequest& request) const {
  const std::string version = std::to_string(version_);
  const bool newer = request.Query("resourceVersion") != version;
  if (request.Query("allowWatchBookmarks") != "true" || !newer) return "";
  return Line(
      "BOOKMARK",
      {{"kind", "Bookmark"}, {"apiVersion", "v1"}, {"metadata", {{"resourceVersion", version}}}});
}

}  // namespace railhook
