// What this project relies on of an API server: objects, one at a time and in lists.

#include <doctest/doctest.h>

#include <set>

#include "certs/ca_bundle.h"
#include "certs/certificate_secret.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/watch_event.h"
#include "tests/contract/place.h"

namespace railhook {
namespace {

TEST_CASE("what is created can be read, and its name is taken") {
  Place place;
  const Json made = place.MakeOne();
  CHECK_FALSE(ResourceVersionOf(made).empty());
  CHECK_FALSE(made["metadata"]["uid"].get<std::string>().empty());
  CHECK(made["metadata"]["namespace"] == "default");
  CHECK(place.Get(made) == made);
  const Json again = MakeConfigMap("", Place::NameOf(made), "2");
  CHECK(CodeOf(place.client.Create(kConfigMaps, "default", again)) == ErrorCode::kConflict);
}

TEST_CASE("what isn't there isn't found, be it an object or a resource") {
  Place place;
  const std::string name = place.Name(kConfigMaps);
  CHECK(CodeOf(place.client.Get(kConfigMaps, "default", name)) == ErrorCode::kNotFound);
  CHECK(CodeOf(place.Delete(kConfigMaps, name)) == ErrorCode::kNotFound);
  CHECK(CodeOf(place.client.Patch(kConfigMaps, "default", name, PatchKind::kMerge,
                                  Json::object())) == ErrorCode::kNotFound);
  const ResourceType nothing{"contract.railhook.io", "v1", "nothings"};
  CHECK(CodeOf(ListPage(place.client, Selection::All(nothing), "", 5)) == ErrorCode::kNotFound);
  CHECK(CodeOf(place.client.Watch(Selection::All(nothing), "1", 5,
                                  [](std::string_view) { return true; })) == ErrorCode::kNotFound);
}

TEST_CASE("an update replaces what hasn't changed meanwhile") {
  Place place;
  const Json first = place.MakeOne();
  Json changed = first;
  changed["data"] = {{"other", "2"}};
  const auto second = place.client.Update(kConfigMaps, "default", changed);
  REQUIRE(second);
  CHECK((*second)["data"] == changed["data"]);
  CHECK(ResourceVersionOf(*second) != ResourceVersionOf(first));
  CHECK(CodeOf(place.client.Update(kConfigMaps, "default", changed)) == ErrorCode::kConflict);
  REQUIRE(place.Delete(kConfigMaps, Place::NameOf(first)));
  CHECK(CodeOf(place.client.Update(kConfigMaps, "default", *second)) == ErrorCode::kNotFound);
}

TEST_CASE("a deletion removes what hasn't changed meanwhile") {
  Place place;
  const Json first = place.MakeOne();
  Json changed = first;
  changed["data"] = {{"other", "2"}};
  const auto second = place.client.Update(kConfigMaps, "default", changed);
  REQUIRE(second);
  CHECK(CodeOf(place.client.DeleteUnchanged(kConfigMaps, "default", first)) ==
        ErrorCode::kConflict);
  CHECK(place.client.DeleteUnchanged(kConfigMaps, "default", *second));
  CHECK(CodeOf(place.client.DeleteUnchanged(kConfigMaps, "default", *second)) ==
        ErrorCode::kNotFound);
}

TEST_CASE("what changes nothing gets no new version") {
  Place place;
  const Json made = place.MakeOne();
  const auto updated = place.client.Update(kConfigMaps, "default", made);
  REQUIRE(updated);
  CHECK(ResourceVersionOf(*updated) == ResourceVersionOf(made));
}

TEST_CASE("a merge patch changes what it names, and nothing where it names another version") {
  Place place;
  const Json made = place.MakeOne();
  const auto patch = [&](const Json& change) {
    return place.client.Patch(kConfigMaps, "default", Place::NameOf(made), PatchKind::kMerge,
                              change);
  };
  const auto patched = patch({{"data", {{"more", "2"}}}});
  REQUIRE(patched);
  CHECK((*patched)["data"] == Json{{"more", "2"}, {"value", "1"}});
  const Json old = {{"metadata", {{"resourceVersion", ResourceVersionOf(made)}}},
                    {"data", {{"more", "3"}}}};
  CHECK(CodeOf(patch(old)) == ErrorCode::kConflict);
  CHECK(patch({{"data", {{"more", nullptr}}}}).value()["data"] == Json{{"value", "1"}});
}

TEST_CASE("a JSON patch is done as a whole, or refused where its test fails") {
  Place place;
  const Json made = place.MakeOne();
  const auto patch = [&](const std::string& tested) {
    const Json change = {{{"op", "replace"}, {"path", "/data/value"}, {"value", "2"}},
                         {{"op", "test"}, {"path", "/metadata/name"}, {"value", tested}}};
    return place.client.Patch(kConfigMaps, "default", Place::NameOf(made), PatchKind::kJson,
                              change);
  };
  CHECK(CodeOf(patch("another")) == ErrorCode::kInvalid);
  CHECK(place.Get(made) == made);
  CHECK(patch(Place::NameOf(made)).value()["data"]["value"] == "2");
}

TEST_CASE("apply makes what isn't there, and changes what is") {
  Place place;
  const std::string name = place.Name(kConfigMaps);
  for (const std::string value : {"1", "2"}) {
    const auto applied = place.client.Patch(kConfigMaps, "default", name, PatchKind::kApply,
                                            MakeConfigMap("default", name, value));
    REQUIRE(applied);
    CHECK((*applied)["data"]["value"] == value);
  }
}

TEST_CASE("a list in pages has each object once, and none that came after its first page") {
  Place place;
  std::set<std::string> want;
  for (int i = 0; i < 5; ++i) want.insert(Place::NameOf(place.MakeOne()));
  Selection selection = Selection::All(kConfigMaps);
  selection.name_space = "default";
  std::multiset<std::string> got;
  std::set<std::string> versions;
  std::string next;
  Json late;
  do {
    const auto page = ListPage(place.client, selection, next, 2);
    REQUIRE(page);
    CHECK(page->items.size() <= 2);
    for (const Json& item : page->items) got.insert(Place::NameOf(item));
    versions.insert(page->resource_version);
    next = page->next;
    if (late.is_null()) late = place.MakeOne();
  } while (!next.empty());
  for (const std::string& name : want) CHECK(got.count(name) == 1);
  CHECK(got.count(Place::NameOf(late)) == 0);
  CHECK(versions.size() == 1);
}

TEST_CASE("a next page that the server can't read is refused") {
  Place place;
  CHECK(CodeOf(ListPage(place.client, Selection::All(kConfigMaps), "nonsense", 2)) ==
        ErrorCode::kInvalid);
}

TEST_CASE("one object can be selected by its name") {
  Place place;
  const Json made = place.MakeOne();
  place.MakeOne();
  const auto page = ListPage(place.client, Only(kConfigMaps, Place::NameOf(made)), "", 5);
  REQUIRE(page);
  REQUIRE(page->items.size() == 1);
  CHECK(page->items.front()["data"] == made["data"]);
  CHECK(page->next.empty());
  const auto none = ListPage(place.client, Only(kConfigMaps, "no-such-name"), "", 5);
  REQUIRE(none);
  CHECK(none->items.empty());
  CHECK_FALSE(none->resource_version.empty());
}

TEST_CASE("metadata can be had alone") {
  Place place;
  const Json made = place.MakeOne();
  Selection selection = Only(kConfigMaps, Place::NameOf(made));
  selection.metadata_only = true;
  const auto page = ListPage(place.client, selection, "", 5);
  REQUIRE(page);
  REQUIRE(page->items.size() == 1);
  const Json& item = page->items.front();
  CHECK(item["kind"] == "PartialObjectMetadata");
  CHECK(item["metadata"]["uid"] == made["metadata"]["uid"]);
  CHECK_FALSE(item.contains("data"));
}

TEST_CASE("a Lease must last for a while") {
  Place place;
  Json lease = MakeObject("coordination.k8s.io/v1", "Lease", "", place.Name(kLeases));
  lease["spec"] = {{"holderIdentity", "a"}, {"leaseDurationSeconds", 0}};
  CHECK(CodeOf(place.client.Create(kLeases, "default", lease)) == ErrorCode::kInvalid);
  lease["spec"]["leaseDurationSeconds"] = 1;
  CHECK(place.client.Create(kLeases, "default", lease));
}

TEST_CASE("a Secret's type stays, and one for TLS has both keys") {
  Place place;
  const std::string name = place.Name(kSecrets);
  Json secret = MakeCertificateSecret(name, {.dns = {"a"}, .ips = {}}, 1'800'000'000).value();
  Json half = secret;
  half["data"].erase("tls.key");
  CHECK(CodeOf(place.client.Create(kSecrets, "default", half)) == ErrorCode::kInvalid);
  auto made = place.client.Create(kSecrets, "default", secret);
  REQUIRE(made);
  (*made)["type"] = "Opaque";
  CHECK(CodeOf(place.client.Update(kSecrets, "default", *made)) == ErrorCode::kInvalid);
}

TEST_CASE("an Event is in the namespace of its object, or in default") {
  Place place;
  Json event = MakeObject("v1", "Event", "", place.Name(kEvents));
  event["involvedObject"] = {{"kind", "Namespace"}, {"name", "a"}, {"namespace", "a"}};
  CHECK(CodeOf(place.client.Create(kEvents, "default", event)) == ErrorCode::kInvalid);
  event["involvedObject"].erase("namespace");
  CHECK(place.client.Create(kEvents, "default", event));
}

TEST_CASE("the patch of a caBundle is taken") {
  Place place;
  const std::string name = place.Name(kMutatingWebhookConfigurations, false);
  Json configuration =
      MakeObject("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", name);
  configuration["webhooks"] = {
      {{"name", "pods.contract.railhook.io"},
       {"clientConfig", {{"service", {{"name", "railhook"}, {"namespace", "default"}}}}},
       {"namespaceSelector", {{"matchLabels", {{"contract", "nobody-has-this"}}}}},
       {"admissionReviewVersions", {"v1"}},
       {"sideEffects", "None"}}};
  const auto made = place.client.Create(kMutatingWebhookConfigurations, "", configuration);
  REQUIRE(made);
  const std::string ca = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
  const auto patched = place.client.Patch(kMutatingWebhookConfigurations, "", name,
                                          PatchKind::kJson, CaBundlePatch(*made, ca));
  REQUIRE(patched);
  CHECK(CaBundlePatch(*patched, ca).empty());
}

}  // namespace
}  // namespace railhook
