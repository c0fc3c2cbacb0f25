#pragma once
// A running server: what it reads, what it serves, and how it ends.

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/controllers.h"
#include "cli/sources.h"

namespace railhook {

struct ServeOptions {
  Sources sources;
  std::string listen = "127.0.0.1:8443";
  std::string health = "127.0.0.1:8081";
  std::string certs;  // a directory; "": in a cluster a Secret, else in memory
  std::string service = "railhook";
  std::string log_level = "info";
  std::optional<Controllers> controllers;  // none: as the configuration says
  bool sriov_policies = false;             // in a cluster: watch SriovNetworkNodePolicies
};

class Serving {
 public:
  // Reads all there is to read and serves at once; in a cluster the rails come later, and so does
  // readiness.
  static Result<std::unique_ptr<Serving>> Start(const ServeOptions& options);
  ~Serving();

  // Lets requests under way finish while load balancers look elsewhere.
  void Drain();

 private:
  struct Impl;
  explicit Serving(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook
