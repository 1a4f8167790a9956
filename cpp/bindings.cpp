// The only file that knows Python.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <new>
#include <span>
#include <stdexcept>

#include "executor.h"

namespace nb = nanobind;
using namespace nb::literals;
using namespace seedbed;

namespace {

using Images = nb::ndarray<nb::ro, nb::ndim<2>, nb::c_contig, nb::device::cpu>;  // bytes or floats
using Labels = nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Order = nb::ndarray<const int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Rates = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class T>
nb::ndarray<nb::numpy, T> array(std::vector<size_t> shape) {
    size_t count = 1;
    for (const size_t n : shape) count *= n;
    // On a cache line, so that a vector of results does not lie on two.
    constexpr std::align_val_t line{64};
    T* data = static_cast<T*>(::operator new(count * sizeof(T), line));
    nb::capsule owner(data, [](void* p) noexcept { ::operator delete(p, line); });
    return nb::ndarray<nb::numpy, T>(data, shape.size(), shape.data(), owner);
}

void require(bool holds, const std::string& message) {
    if (!holds) throw std::invalid_argument(message);
}

Pixels pixels_of(const Executor& executor, const Images& images) {
    require(static_cast<int64_t>(images.shape(1)) == executor.program().image_size,
            "expected images of " + std::to_string(executor.program().image_size) + " numbers, got " +
                std::to_string(images.shape(1)));
    if (images.dtype() == nb::dtype<uint8_t>()) return {static_cast<const uint8_t*>(images.data())};
    require(images.dtype() == nb::dtype<float>(), "expected images of uint8 or float32");
    return {static_cast<const float*>(images.data())};
}

nb::tuple train(Executor& executor, const Images& images, const Labels& labels, const Order& order, const Rates& lrs,
                const std::optional<Order>& samples, int64_t epoch) {
    const Program& program = executor.program();
    const Pixels pixels = pixels_of(executor, images);
    const auto count = static_cast<int64_t>(images.shape(0));
    require(labels.shape(0) == images.shape(0), "expected " + std::to_string(count) + " labels, got " +
                                                    std::to_string(labels.shape(0)));
    const auto total = static_cast<int64_t>(order.shape(0));
    const int64_t steps = (total + program.batch_size - 1) / program.batch_size;
    require(static_cast<int64_t>(lrs.shape(0)) == steps, "expected " + std::to_string(steps) +
                                                             " learning rates for " + std::to_string(total) +
                                                             " images, got " + std::to_string(lrs.shape(0)));
    const Order& numbers = samples ? *samples : order;
    require(numbers.shape(0) == order.shape(0), "expected one sample number for each image");
    for (const int64_t index : std::span(order.data(), order.shape(0))) {
        // Messages are written when needed only: here they would cost as much as training a small network.
        if (index < 0 || index >= count)
            require(false, "order: index " + std::to_string(index) + " lies outside " + std::to_string(count) + " images");
        if (labels.data()[index] >= program.classes)
            require(false, "label " + std::to_string(labels.data()[index]) + " of image " + std::to_string(index) +
                               ": the network has " + std::to_string(program.classes) + " outputs");
    }
    auto losses = array<double>({lrs.shape(0)});
    auto wrong = array<int64_t>({lrs.shape(0)});
    {
        nb::gil_scoped_release release;
        executor.train(pixels, labels.data(), {order.data(), order.shape(0)}, {lrs.data(), lrs.shape(0)},
                       {losses.data(), lrs.shape(0)}, {wrong.data(), lrs.shape(0)},
                       {numbers.data(), numbers.shape(0)}, epoch);
    }
    return nb::make_tuple(losses, wrong);
}

nb::ndarray<nb::numpy, float> outputs(Executor& executor, const Images& images) {
    const Pixels pixels = pixels_of(executor, images);
    auto result = array<float>({images.shape(0), static_cast<size_t>(executor.program().sizes.outputs)});
    nb::gil_scoped_release release;
    executor.outputs(pixels, static_cast<int64_t>(images.shape(0)), result.data());
    return result;
}

nb::tuple probe(Executor& executor, const Images& images, const Labels& labels, const Order& samples, int64_t epoch) {
    const Program& program = executor.program();
    const Pixels pixels = pixels_of(executor, images);
    const auto count = static_cast<size_t>(program.batch_size);
    for (const size_t given : {images.shape(0), labels.shape(0), samples.shape(0)})
        require(given == count, "expected " + std::to_string(count) + " images, labels and numbers, got " +
                                    std::to_string(given));
    for (const uint8_t label : std::span(labels.data(), count))
        require(label < program.classes, "label " + std::to_string(label) + " is none of the network's outputs");
    auto result = array<float>({count * static_cast<size_t>(program.sizes.outputs)});
    double loss = 0;
    {
        nb::gil_scoped_release release;
        loss = executor.probe(pixels, labels.data(), samples.data(), epoch, result.data());
    }
    return nb::make_tuple(loss, result);
}

int32_t kernel_number(const std::string& name) {
    for (size_t i = 0; i < kernels().size(); ++i)
        if (name == kernels()[i].name) return static_cast<int32_t>(i);
    throw std::invalid_argument("unknown kernel '" + name + "'");
}

template <class E>
void define(nb::module_& m, const char* name, std::initializer_list<std::pair<const char*, E>> values) {
    nb::enum_<E> e(m, name);
    for (const auto& [key, value] : values) e.value(key, value);
}

}  // namespace

NB_MODULE(_native, m) {
    define<Activation>(m, "Activation",
                       {{"none", Activation::none},
                        {"relu", Activation::relu},
                        {"tanh", Activation::tanh},
                        {"sigmoid", Activation::sigmoid},
                        {"scaled_tanh", Activation::scaled_tanh},
                        {"sigmoid_tanh_slope", Activation::sigmoid_tanh_slope}});
    define<Function>(m, "Function",
                     {{"leaky_relu", Function::leaky_relu}, {"silu", Function::silu}, {"gelu", Function::gelu}});
    define<Pooling>(m, "Pooling", {{"average", Pooling::average}, {"maximum", Pooling::maximum}});
    define<LossKind>(m, "LossKind", 
                     {{"cross_entropy", LossKind::cross_entropy},
                      {"squared", LossKind::squared},
                      {"hinge", LossKind::hinge},
                      {"squared_hinge", LossKind::squared_hinge},
                      {"score", LossKind::score}});

    nb::class_<View>(m, "View")
        .def(nb::init<>())
        .def_rw("offset", &View::offset)
        .def_rw("channels", &View::channels)
        .def_rw("height", &View::height)
        .def_rw("width", &View::width)
        .def_rw("channel_stride", &View::channel_stride)
        .def_rw("row_stride", &View::row_stride);
    nb::class_<Op>(m, "Op")
        .def("__init__",
             [](Op* op, const std::string& kernel) {
                 new (op) Op();
                 op->kernel = kernel_number(kernel);
             })
        .def_prop_ro("kernel", [](const Op& op) { return kernels()[op.kernel].name; })
        .def_prop_ro("can_chain", [](const Op& op) { return kernels()[op.kernel].can_chain(); })
        .def_rw("input", &Op::in)
        .def_rw("output", &Op::out)
        .def_rw("weight", &Op::weight)
        .def_rw("bias", &Op::bias)
        .def_rw("packed", &Op::packed)
        .def_rw("gradient", &Op::gradient)
        .def_rw("bias_gradient", &Op::bias_gradient)
        .def_rw("partial", &Op::partial)
        .def_rw("scratch", &Op::scratch)
        .def_rw("size", &Op::size)
        .def_rw("place", &Op::place)
        .def_rw("kernel_size", &Op::kernel_size)
        .def_rw("stride", &Op::stride)
        .def_rw("padding", &Op::padding)
        .def_rw("pool", &Op::pool)
        .def_rw("winners", &Op::winners)
        .def_rw("tile", &Op::tile)
        .def_rw("tiles", &Op::tiles)
        .def_rw("activation", &Op::activation)
        .def_rw("pooling", &Op::pooling)
        .def_rw("loss", &Op::loss)
        .def_rw("function", &Op::function)
        .def_rw("stream", &Op::stream)
        .def_rw("threshold", &Op::threshold)
        .def_rw("over_channels", &Op::over_channels)
        .def_rw("back_over_channels", &Op::back_over_channels)
        .def_rw("is_sum", &Op::is_sum)
        .def_rw("unbiased", &Op::unbiased)
        .def_rw("nesterov", &Op::nesterov)
        .def_rw("centered", &Op::centered)
        .def_rw("decoupled", &Op::decoupled)
        .def_rw("factor", &Op::factor)
        .def_rw("smoothing", &Op::smoothing)
        .def_rw("slope", &Op::slope)
        .def_rw("alpha", &Op::alpha)
        .def_rw("beta", &Op::beta)
        .def_rw("k", &Op::k)
        .def_rw("momentum", &Op::momentum)
        .def_rw("weight_decay", &Op::weight_decay)
        .def_rw("decay", &Op::decay)
        .def_rw("average", &Op::average)
        .def_rw("squares", &Op::squares)
        .def_rw("beta1", &Op::beta1)
        .def_rw("beta2", &Op::beta2)
        .def_rw("eps", &Op::eps)
        .def_rw("lr_decay", &Op::lr_decay)
        .def_rw("keep", &Op::keep)
        .def_rw("clip_norm", &Op::clip_norm);
    nb::class_<Stage>(m, "Stage")
        .def(nb::init<bool, bool, std::vector<Op>>(), "chained"_a, "descending"_a, "ops"_a)
        .def_ro("chained", &Stage::chained)
        .def_ro("descending", &Stage::descending)
        .def_ro("ops", &Stage::ops);
    nb::class_<Sizes>(m, "Sizes")
        .def(nb::init<>())
        .def_rw("lanes", &Sizes::lanes)
        .def_rw("shared", &Sizes::shared)
        .def_rw("gradients", &Sizes::gradients)
        .def_rw("memory", &Sizes::memory)
        .def_rw("partials", &Sizes::partials)
        .def_rw("scratch", &Sizes::scratch)
        .def_rw("thread_scratch", &Sizes::thread_scratch)
        .def_rw("outputs", &Sizes::outputs);
    nb::class_<Program>(m, "Program")
        .def(nb::init<>())
        .def_rw("sizes", &Program::sizes)
        .def_rw("batch_size", &Program::batch_size)
        .def_rw("spread", &Program::spread)
        .def_rw("classes", &Program::classes)
        .def_rw("sum_loss", &Program::sum_loss)
        .def_rw("image_size", &Program::image_size)
        .def_rw("seed", &Program::seed)
        .def_rw("training", &Program::training)
        .def_rw("evaluation", &Program::evaluation)
        .def_rw("probe", &Program::probe);
    nb::class_<Executor>(m, "Executor")
        .def("__init__",
             [](Executor* executor, const Program& program, const std::string& instruction_set, int threads) {
                 new (executor) Executor(program, choose(instruction_set), threads);
             })
        .def("train", &train, "images"_a, "labels"_a, "order"_a, "lrs"_a, "samples"_a = nb::none(),
             "epoch"_a = 0)
        .def("outputs", &outputs, "images"_a)
        .def("probe", &probe, "images"_a, "labels"_a, "samples"_a, "epoch"_a)
        .def_rw("steps", &Executor::steps)
        .def_prop_ro(
            "shared",
            [](Executor& e) {
                return nb::ndarray<nb::numpy, float, nb::ndim<1>>(e.shared().data(), {e.shared().size()});
            },
            nb::rv_policy::reference_internal)
        .def_prop_ro(
            "memory",
            [](Executor& e) {
                return nb::ndarray<nb::numpy, float, nb::ndim<1>>(e.memory().data(), {e.memory().size()});
            },
            nb::rv_policy::reference_internal)
        .def_prop_ro(
            "gradients",
            [](Executor& e) {
                return nb::ndarray<nb::numpy, float, nb::ndim<1>>(e.gradients().data(), {e.gradients().size()});
            },
            nb::rv_policy::reference_internal);
    m.attr("LANES") = kLanes;
    m.attr("MAX_SLOTS") = kMaxSlots;
    m.attr("PARTS") = kParts;
    m.attr("PEAK_CHAINS") = kPeakChains;
    m.attr("VECTOR_CHANNELS") = kVectorChannels;
    m.attr("MINIMAL_COLUMNS") = kMinimalColumns;
    m.attr("LARGEST_SIDE") = kLargestSide;
    m.attr("LARGEST_WINDOW") = kLargestWindow;
    m.attr("MOST_CLASSES") = kMostClasses;
    m.attr("MOST_IMAGES") = kMostImages;
    m.attr("MOST_PARAMETERS") = (kMaxUnits - 1) * kLanes;
    m.def("thread_scratch", &thread_scratch, "program"_a);
    m.def("gradient_border", &gradient_border, "kernel_size"_a, "padding"_a);
    m.def("footprint", [](const Program& program, int threads) {
        const Footprint found = footprint(program, threads);
        return nb::make_tuple(found.fixed, found.batch);
    }, "program"_a, "threads"_a);
    m.def("choose", [](const std::string& name) { return choose(name).name; }, "name"_a);
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const InstructionSet& set : instruction_sets())
            if (set.supported) names.emplace_back(set.name);
        return names;
    });
}
