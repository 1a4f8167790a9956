// The kernel tables of all instruction sets in this build, fastest first, and the choice among them.
#pragma once
#include <string>
#include <vector>

#include "program.h"

namespace seedbed {

enum class Unit { lane_group, slot, channel, output_channel, output_feature, input_feature, sixteen_numbers, part };

class Check;

// What is known of a kernel, in one place: the list (kernels/list.h) has its name and unit, rules.cpp its rule.
struct KernelInfo {
    const char* name;
    Unit unit;
    // Throws unless an operation stays within its program's memory; returns the floats of thread scratch that it needs.
    int64_t (*rule)(const Check&);

    // Whether one lane group, or slot, can pass through it while the others wait.
    bool can_chain() const { return unit == Unit::lane_group || unit == Unit::slot; }
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
