#pragma once
// What a reflector has seen, each object as a compact value instead of its JSON.

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>

#include "k8sclient/watch/reflector.h"

namespace railhook {

// "namespace/name", or "/name" of an object without a namespace.
std::string KeyOf(const nlohmann::json& object);

// Objects as values of T, by key. Safe to read from any thread.
template <typename T>
class Store : public ObjectSink {
 public:
  // `compact` makes a value of an object, none where the object isn't wanted. `changed` is called
  // on the writer's thread, without a lock, when a value has come, gone or changed, and when the
  // first list is complete.
  Store(std::function<std::optional<T>(const nlohmann::json&)> compact,
        std::function<void()> changed)
      : compact_(std::move(compact)), changed_(std::move(changed)) {}

  void ForEach(const std::function<void(const std::string& key, const T& value)>& use) const {
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
    bool news = false;
    {
      const std::lock_guard lock(mutex_);
      news = !synced_ || values_ != listed_;
      synced_ = true;
      values_.swap(listed_);
    }
    listed_.clear();
    if (news) changed_();
  }

  void Put(const nlohmann::json& object) override {
    auto value = compact_(object);
    if (!value) return Erase(KeyOf(object));
    if (listing_) {
      listed_.insert_or_assign(KeyOf(object), *std::move(value));
    } else if (Assign(KeyOf(object), *std::move(value))) {
      changed_();
    }
  }

  void Remove(const nlohmann::json& object) override { Erase(KeyOf(object)); }

 private:
  bool Assign(std::string key, T value) {
    const std::lock_guard lock(mutex_);
    const auto [place, added] = values_.try_emplace(std::move(key), value);
    if (!added && place->second == value) return false;
    place->second = std::move(value);
    return true;
  }

  void Erase(const std::string& key) {
    if (listing_) return;  // it simply isn't put
    bool erased = false;
    {
      const std::lock_guard lock(mutex_);
      erased = values_.erase(key) > 0;
    }
    if (erased) changed_();
  }

  const std::function<std::optional<T>(const nlohmann::json&)> compact_;
  const std::function<void()> changed_;
  bool listing_ = false;             // of the writer's thread
  std::map<std::string, T> listed_;  // of the writer's thread
  mutable std::mutex mutex_;
  std::map<std::string, T> values_;  // guarded by mutex_
  bool synced_ = false;              // guarded by mutex_
};

}  // namespace railhook
