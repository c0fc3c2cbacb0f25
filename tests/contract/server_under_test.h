#pragma once
// Which API server the contract is checked on: unit_tests has the one in memory, contract_tests a
// real one.

#include "k8sclient/transport.h"

namespace railhook {

Transport& ServerUnderTest();

}  // namespace railhook
