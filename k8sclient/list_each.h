#pragma once
// Lists of any length, an object and a page's text in memory at a time.

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "k8sclient/client.h"

namespace railhook {

// Calls `use` for each object of the selection. Errors name the resource: kUnauthorized says what
// the caller must be allowed to do, kNotFound that the server has no such resource. `use` may have
// been called before an error.
Result<> ListEach(const KubeClient& client, const Selection& selection,
                  const std::function<void(const nlohmann::json&)>& use);

}  // namespace railhook
