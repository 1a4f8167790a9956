// All kernels, named once. X(name, what one unit is)
//
// Units of one operation are independent and may be spread over threads; a program's stage holds operations that need
// no barrier between them.
#pragma once

#define SEEDBED_KERNELS(X)               \
    X(gather, lane_group)                \
    X(copy_forward, lane_group)          \
    X(copy_backward, lane_group)         \
    X(conv2d_pack, output_channel)       \
    X(conv2d_forward, lane_group)        \
    X(conv2d_input_gradient, lane_group) \
    X(conv2d_weight_gradient, slot)      \
    X(minimal_pack, output_channel)      \
    X(minimal_forward, lane_group)       \
    X(minimal_input_gradient, lane_group) \
    X(minimal_weight_gradient, slot)     \
    X(sum_slots, sixteen_numbers)        \
    X(linear_forward, output_feature)    \
    X(linear_transpose, lane_group)      \
    X(linear_input_gradient, input_feature) \
    X(linear_weight_gradient, output_feature) \
    X(pool2d_forward, lane_group)        \
    X(pool2d_backward, lane_group)       \
    X(batchnorm_forward, channel)        \
    X(batchnorm_evaluate, lane_group)    \
    X(batchnorm_backward, channel)       \
    X(batchnorm_evaluate_backward, channel) \
    X(conv2d_connect, output_channel)    \
    X(conv2d_disconnect, slot)           \
    X(subsample_forward, lane_group)     \
    X(subsample_input_gradient, lane_group) \
    X(subsample_weight_gradient, slot)   \
    X(response_norm_forward, lane_group) \
    X(response_norm_backward, lane_group) \
    X(dropout_forward, lane_group)       \
    X(dropout_backward, lane_group)      \
    X(function_forward, lane_group)      \
    X(function_backward, lane_group)     \
    X(rbf_forward, lane_group)           \
    X(rbf_backward, lane_group)          \
    X(softmax_forward, lane_group)       \
    X(softmax_backward, lane_group)      \
    X(loss, lane_group)                  \
    X(write_values, lane_group)          \
    X(squares, part)                     \
    X(sgd, sixteen_numbers)              \
    X(adagrad, sixteen_numbers)          \
    X(adadelta, sixteen_numbers)         \
    X(rmsprop, sixteen_numbers)          \
    X(adam, sixteen_numbers)             \
    X(peak, slot)
