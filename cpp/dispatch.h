// The kernel tables of all instruction sets in this build, fastest first, and the choice among them.
#pragma once
#include <string>
#include <vector>

#include "program.h"

namespace seedbed {

enum class Unit { lane_group, slot, channel, output_channel, output_feature, input_feature, sixteen_numbers, part };

struct KernelInfo {
    const char* name;
    Unit unit;
};

struct InstructionSet {
    const char* name;
    const Kernel* table;
    bool supported;  // by the processor that runs this
};

const std::vector<KernelInfo>& kernels();
const std::vector<InstructionSet>& instruction_sets();

// The named instruction set, or the first supported one if the name is empty.
// Throws std::invalid_argument if it is unknown or the processor lacks it.
const InstructionSet& choose(const std::string& name);

}  // namespace seedbed
