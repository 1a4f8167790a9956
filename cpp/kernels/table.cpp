// The kernels of one instruction set as a table in the order of the list.
#include "../dispatch.h"
#include "common.h"
#include "list.h"

namespace seedbed::SEEDBED_NAMESPACE {

#define SEEDBED_DECLARE(name, unit) void name(const Op&, const Context&, int64_t, int64_t);
SEEDBED_KERNELS(SEEDBED_DECLARE)

extern const Kernel table[];
#define SEEDBED_ENTRY(name, unit) name,
const Kernel table[] = {SEEDBED_KERNELS(SEEDBED_ENTRY)};

}  // namespace seedbed::SEEDBED_NAMESPACE
