#pragma once
// What the server tells Prometheus about itself.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace railhook {

// Thread-safe. No pod, namespace or class ever becomes a label.
class Metrics {
 public:
  enum class Type { kGauge, kCounter /* never falls; its name ends in _total */ };
  struct Sample {
    std::map<std::string, std::string> labels;
    double value;
  };

  explicit Metrics(std::string_view version);
  ~Metrics();

  // One admission: `result` is allowed, injected, defaulted, denied, not_ready or error; `code` the
  // HTTP status of the answer, or of a denial the code in it; `seconds` from the whole review.
  void CountAdmission(std::string_view result, int code, double seconds);

  // What is read whenever somebody asks, on whichever thread that is.
  void Add(Type type, std::string name, std::string help,
           std::function<std::vector<Sample>()> read);
  void AddGauge(std::string name, std::string help, std::function<double()> read);

  // Prometheus' text format, version 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook
