#include <stdexcept>

#include "rules.h"
#include "kernels/list.h"
// X(name, whether the processor has what it needs), fastest first: written by CMakeLists.txt, where each set is described.
#include "instruction_sets.inc"

namespace seedbed {

#define SEEDBED_TABLE(name, is_supported) \
    namespace name {                      \
    extern const Kernel table[];          \
    }
SEEDBED_INSTRUCTION_SETS(SEEDBED_TABLE)

const std::vector<KernelInfo>& kernels() {
#define SEEDBED_INFO(name, unit) {#name, Unit::unit, rules::name},
    static const std::vector<KernelInfo> all = {SEEDBED_KERNELS(SEEDBED_INFO)};
    return all;
}

const std::vector<InstructionSet>& instruction_sets() {
#define SEEDBED_SET(name, is_supported) {#name, name::table, is_supported},
    static const std::vector<InstructionSet> all = {SEEDBED_INSTRUCTION_SETS(SEEDBED_SET)};
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
