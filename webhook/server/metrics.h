#pragma once
// What the server tells Prometheus about itself.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace railhook {

// Thread-safe. No pod, namespace or class ever becomes a label.
class Metrics {
 public:
  explicit Metrics(std::string_view version);
  ~Metrics();

  // One admission: `result` is allowed, injected, denied, not_ready or error.
  void CountAdmission(std::string_view result, double seconds);

  // A gauge that is read when somebody asks.
  void AddGauge(std::string name, std::string help, std::function<double()> read);

  // Prometheus' text format, version 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook
