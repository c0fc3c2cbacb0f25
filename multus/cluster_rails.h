#pragma once
// The rails of a cluster, kept in step with it.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "k8sclient/transport.h"
#include "k8sclient/watch/reflector.h"
#include "multus/rail_index.h"

namespace railhook {

// Watches SpiderMultusConfigs, NetworkAttachmentDefinitions and Namespaces (their metadata only),
// and makes a new index after each change that counts. Safe to use from any thread; readers wait
// for nobody but a pointer's copy, and what they got stays as it is.
class ClusterRails {
 public:
  struct Part {
    std::string resource;  // "spidermultusconfigs"
    Reflector::Status status;
  };

  // Starts watching. `transport` must outlive it.
  explicit ClusterRails(Transport& transport);
  ~ClusterRails();

  // The newest index; an empty one until the first lists are complete.
  std::shared_ptr<const RailIndex> Current() const;

  // Whether an index has been made of complete lists. Never false again once it was true.
  bool synced() const;

  // How the watching of each resource goes.
  std::vector<Part> parts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook
