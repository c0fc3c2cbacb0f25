#pragma once
// What is measured: a training pod that asks for eight rails.

#include <filesystem>
#include <string>

#include "base/result.h"
#include "multus/rail_index.h"

namespace railhook {

// About 8 KiB of AdmissionReview, as an API server sends it when a controller creates the pod of
// bench/pod.yaml. `source` is the project's root.
Result<std::string> TrainingPodReview(const std::filesystem::path& source);

// The same with so many environment variables that it has 3 MiB.
Result<std::string> LongReview(const std::string& review);

// The eight rails of examples/sriov-rails.
Result<RailIndex> EightRails(const std::filesystem::path& source);

}  // namespace railhook
