#pragma once
// What a reflector has seen, each object as a compact value instead of its JSON.

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "k8sclient/watch/reflector.h"

namespace railhook {

// "namespace/name", or "/name" of an object without a namespace.
std::string KeyOf(const nlohmann::json& object);

// Objects as values of T, each of which is kept once, also while a list replaces them, and shared
// with those who read. Safe to read from any thread.
template <typename T>
class Store : public ObjectSink {
 public:
  using Value = std::shared_ptr<const T>;

  // `compact` makes a value of an object, none where the object isn't wanted. `changed` is called
  // on the writer's thread, without a lock, when a value has come, gone or changed, and when the
  // first list is complete.
  Store(std::function<std::optional<T>(const nlohmann::json&)> compact,
        std::function<void()> changed)
      : compact_(std::move(compact)), changed_(std::move(changed)) {}

  void ForEach(const std::function<void(const std::string& key, const Value& value)>& use) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : values_) use(key, value);
  }

  // Whether a list has been complete, be it that there is no such resource.
  bool synced() const {
    const std::lock_guard lock(mutex_);
    return synced_;
  }

  void BeginList() override {
    listed_.clear();
    listing_ = true;
  }

  void EndList() override {
    listing_ = false;
    listed_.shrink_to_fit();
    bool news = false;
    {
      const std::lock_guard lock(mutex_);
      news = !synced_ || values_ != listed_;
      synced_ = true;
      values_.swap(listed_);
    }
    listed_ = {};
    if (news) changed_();
  }

  void Put(const nlohmann::json& object) override {
    auto made = compact_(object);
    std::string key = KeyOf(object);
    if (!made) return Erase(key);
    const auto known = Place(values_, key);
    const bool same = Holds(values_, known, key) && *known->second == *made;
    if (same && !listing_) return;
    Value value = same ? known->second : std::make_shared<const T>(*std::move(made));
    Assign(std::move(key), std::move(value));
  }

  void Remove(const nlohmann::json& object) override { Erase(KeyOf(object)); }

 private:
  // Sorted by their keys, in which order lists come. Half as much memory as a map.
  using Entry = std::pair<std::string, Value>;
  using Entries = std::vector<Entry>;

  // Of the key, or where it would stand.
  static auto Place(Entries& entries, const std::string& key) {
    if (entries.empty() || entries.back().first < key) return entries.end();
    return std::ranges::lower_bound(entries, key, {}, &Entry::first);
  }

  static bool Holds(const Entries& entries, typename Entries::const_iterator place,
                    const std::string& key) {
    return place != entries.end() && place->first == key;
  }

  static void Set(Entries& entries, std::string key, Value value) {
    const auto place = Place(entries, key);
    if (Holds(entries, place, key))
      place->second = std::move(value);
    else
      entries.emplace(place, std::move(key), std::move(value));
  }

  void Assign(std::string key, Value value) {
    if (listing_) {
      return Set(listed_, std::move(key), std::move(value));
    }
    {
      const std::lock_guard lock(mutex_);
      Set(values_, std::move(key), std::move(value));
    }
    changed_();
  }

  void Erase(const std::string& key) {
    if (listing_) return;  // it simply isn't put
    const auto place = Place(values_, key);
    if (!Holds(values_, place, key)) return;
    {
      const std::lock_guard lock(mutex_);
      values_.erase(place);
    }
    changed_();
  }

  const std::function<std::optional<T>(const nlohmann::json&)> compact_;
  const std::function<void()> changed_;
  bool listing_ = false;  // of the writer's thread
  Entries listed_;        // of the writer's thread
  mutable std::mutex mutex_;
  Entries values_;       // written with mutex_, by the writer's thread alone
  bool synced_ = false;  // guarded by mutex_
};

}  // namespace railhook
