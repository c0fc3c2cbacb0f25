#pragma once
// Keeps a store in step with what an API server has.

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "k8sclient/client.h"

namespace railhook {

// Gets a selection's objects. Called on the reflector's thread, one call at a time.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;

  // A list begins: what isn't put until EndList is gone.
  virtual void BeginList() = 0;
  virtual void EndList() = 0;

  virtual void Put(const nlohmann::json& object) = 0;
  virtual void Remove(const nlohmann::json& object) = 0;
};

// Lists a selection and then watches it, for ever, on a thread of its own; resumes where a watch
// breaks off, lists again where the server has forgotten the place, and waits longer after each
// failure. Where the resource doesn't exist (no CRD yet) it counts as empty and is looked for every
// two seconds. What goes wrong is logged once, and once that it is over.
class Reflector {
 public:
  struct Status {
    bool absent = false;  // there is no such resource now; said before the sink is emptied
    std::string error;    // what goes wrong now; "" where all is well
    long lists = 0;
    long failures = 0;
    long ended = 0;    // watches that the server closed
    long expired = 0;  // times that the server had forgotten the place
    // When the server last sent something: a list, an event, that a watch begins, or that there is
    // no such resource.
    std::chrono::system_clock::time_point heard;
  };

  // Starts. `transport` and `sink` must outlive it.
  Reflector(Transport& transport, Selection selection, ObjectSink& sink);

  // Ends a call under way and joins the thread.
  ~Reflector();

  // Safe to call from any thread.
  Status status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook
