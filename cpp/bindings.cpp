// The only file that knows Python.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include "executor.h"

namespace nb = nanobind;
using namespace nb::literals;
using namespace seedbed;

namespace {

using Images = nb::ndarray<const uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Labels = nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Order = nb::ndarray<const int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Rates = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class T>
nb::ndarray<nb::numpy, T> array(std::vector<size_t> shape) {
    size_t count = 1;
    for (const size_t n : shape) count *= n;
    T* data = new T[count]();
    nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return nb::ndarray<nb::numpy, T>(data, shape.size(), shape.data(), owner);
}

void require(bool holds, const std::string& message) {
    if (!holds) throw std::invalid_argument(message);
}

void check_images(const Executor& executor, const Images& images) {
    require(static_cast<int64_t>(images.shape(1)) == executor.program().image_size,
            "expected images of " + std::to_string(executor.program().image_size) + " bytes, got " +
                std::to_string(images.shape(1)));
}

nb::tuple train(Executor& executor, const Images& images, const Labels& labels, const Order& order, const Rates& lrs) {
    const Program& program = executor.program();
    check_images(executor, images);
    const auto count = static_cast<int64_t>(images.shape(0));
    require(labels.shape(0) == images.shape(0), "expected " + std::to_string(count) + " labels, got " +
                                                    std::to_string(labels.shape(0)));
    const auto total = static_cast<int64_t>(order.shape(0));
    const int64_t steps = (total + program.batch_size - 1) / program.batch_size;
    require(static_cast<int64_t>(lrs.shape(0)) == steps, "expected " + std::to_string(steps) +
                                                             " learning rates for " + std::to_string(total) +
                                                             " images, got " + std::to_string(lrs.shape(0)));
    for (int64_t i = 0; i < total; ++i) {
        const int64_t index = order.data()[i];
        require(index >= 0 && index < count, "order: index " + std::to_string(index) + " lies outside " +
                                                 std::to_string(count) + " images");
        require(labels.data()[index] < program.classes, "label " + std::to_string(labels.data()[index]) + " of image " +
                                                            std::to_string(index) + ": the network has " +
                                                            std::to_string(program.classes) + " outputs");
    }
    auto losses = array<double>({lrs.shape(0)});
    auto wrong = array<int64_t>({lrs.shape(0)});
    {
        nb::gil_scoped_release release;
        executor.train(images.data(), labels.data(), {order.data(), order.shape(0)}, {lrs.data(), lrs.shape(0)},
                       {losses.data(), lrs.shape(0)}, {wrong.data(), lrs.shape(0)});
    }
    return nb::make_tuple(losses, wrong);
}

nb::ndarray<nb::numpy, float> outputs(Executor& executor, const Images& images) {
    check_images(executor, images);
    auto result = array<float>({images.shape(0), static_cast<size_t>(executor.program().classes)});
    nb::gil_scoped_release release;
    executor.outputs(images.data(), static_cast<int64_t>(images.shape(0)), result.data());
    return result;
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
                        {"sigmoid", Activation::sigmoid}});
    define<Pooling>(m, "Pooling", {{"average", Pooling::average}, {"maximum", Pooling::maximum}});
    define<LossKind>(m, "LossKind", {{"cross_entropy", LossKind::cross_entropy}, {"squared", LossKind::squared}});

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
        .def_rw("kernel_size", &Op::kernel_size)
        .def_rw("stride", &Op::stride)
        .def_rw("padding", &Op::padding)
        .def_rw("activation", &Op::activation)
        .def_rw("pooling", &Op::pooling)
        .def_rw("loss", &Op::loss)
        .def_rw("a", &Op::a)
        .def_rw("b", &Op::b)
        .def_rw("c", &Op::c);
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
        .def_rw("thread_scratch", &Sizes::thread_scratch);
    nb::class_<Program>(m, "Program")
        .def(nb::init<>())
        .def_rw("sizes", &Program::sizes)
        .def_rw("batch_size", &Program::batch_size)
        .def_rw("classes", &Program::classes)
        .def_rw("image_size", &Program::image_size)
        .def_rw("training", &Program::training)
        .def_rw("evaluation", &Program::evaluation);
    nb::class_<Executor>(m, "Executor")
        .def("__init__",
             [](Executor* executor, const Program& program, const std::string& instruction_set, int threads) {
                 new (executor) Executor(program, choose(instruction_set), threads);
             })
        .def("train", &train, "images"_a, "labels"_a, "order"_a, "lrs"_a)
        .def("outputs", &outputs, "images"_a)
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
            nb::rv_policy::reference_internal);
    m.attr("MAX_SLOTS") = kMaxSlots;
    m.attr("PEAK_CHAINS") = kPeakChains;
    m.attr("MAX_CHANNEL_BLOCK") = kMaxChannelBlock;
    m.def("choose", [](const std::string& name) { return choose(name).name; }, "name"_a);
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const InstructionSet& set : instruction_sets())
            if (set.supported) names.emplace_back(set.name);
        return names;
    });
}
