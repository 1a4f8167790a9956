#include "dispatch.h"

#include <stdexcept>

#include "kernels/list.h"

namespace seedbed {

#ifdef SEEDBED_X86
namespace avx512 {
extern const Kernel table[];
}
namespace avx2 {
extern const Kernel table[];
}
#endif
namespace portable {
extern const Kernel table[];
}

const std::vector<KernelInfo>& kernels() {
#define SEEDBED_INFO(name, unit) {#name, Unit::unit},
    static const std::vector<KernelInfo> all = {SEEDBED_KERNELS(SEEDBED_INFO)};
    return all;
}

const std::vector<InstructionSet>& instruction_sets() {
    static const std::vector<InstructionSet> all = [] {
        std::vector<InstructionSet> sets;
#ifdef SEEDBED_X86
        __builtin_cpu_init();
        const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
        const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        sets.push_back({"avx512", avx512::table, avx512 && avx2});
        sets.push_back({"avx2", avx2::table, avx2});
#endif
        sets.push_back({"portable", portable::table, true});
        return sets;
    }();
    return all;
}

const InstructionSet& choose(const std::string& name) {
    std::string known;
    for (const InstructionSet& set : instruction_sets()) {
        if (name.empty() ? set.supported : name == set.name) {
            if (!set.supported) throw std::invalid_argument("this processor lacks the instruction set '" + name + "'");
            return set;
        }
        known += known.empty() ? set.name : std::string(", ") + set.name;
    }
    throw std::invalid_argument("unknown instruction set '" + name + "'; this build has " + known);
}

}  // namespace seedbed
