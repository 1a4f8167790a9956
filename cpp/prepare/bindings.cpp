// The only file of the preparation that knows Python.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include "run.h"
#include "totals.h"

namespace nb = nanobind;
using namespace nb::literals;
using namespace seedbed::prepare;

namespace {

template <class T, int kDimensions>
using Array = nb::ndarray<const T, nb::ndim<kDimensions>, nb::c_contig, nb::device::cpu>;
using Sizes = std::tuple<int64_t, int64_t, int64_t>;

Shape shape_of(const Sizes& sizes) { return {std::get<0>(sizes), std::get<1>(sizes), std::get<2>(sizes)}; }

void require(bool holds, const std::string& message) {
    if (!holds) throw std::invalid_argument(message);
}

template <class T>
nb::ndarray<nb::numpy, float> run_steps(const std::vector<Step>& steps, const Array<T, 4>& images,
                                        const Array<int64_t, 1>& order, const Array<double, 1>& progress,
                                        uint64_t seed, uint32_t stream, uint32_t epoch, int threads) {
    require(!steps.empty(), "expected at least one step");
    for (size_t i = 1; i < steps.size(); ++i)
        require(steps[i].in == steps[i - 1].out, "step " + std::to_string(i) + " does not take what comes before it");
    const auto size = [&](size_t axis) { return static_cast<int64_t>(images.shape(axis)); };
    require(steps.front().in == Shape{size(1), size(2), size(3)}, "the first step does not take these images");
    require(progress.shape(0) == order.shape(0), "expected one progress for each image");
    for (size_t i = 0; i < order.shape(0); ++i)
        require(order.data()[i] >= 0 && order.data()[i] < size(0), "order: an index lies outside the images");
    const Shape& out = steps.back().out;
    const size_t shape[] = {order.shape(0), static_cast<size_t>(out.channels), static_cast<size_t>(out.height),
                            static_cast<size_t>(out.width)};
    auto* data = new float[shape[0] * static_cast<size_t>(out.size())];
    nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<float*>(p); });
    {
        nb::gil_scoped_release release;
        run(steps, images.data(), {order.data(), order.shape(0)}, progress.data(), {seed, stream, epoch}, threads, data);
    }
    return nb::ndarray<nb::numpy, float>(data, 4, shape, owner);
}

// Of every channel: the sum of its bytes and the sum of their squares.
std::vector<std::tuple<uint64_t, uint64_t>> byte_totals(const Array<uint8_t, 4>& images) {
    const auto size = [&](size_t axis) { return static_cast<int64_t>(images.shape(axis)); };
    const int64_t pixels = size(2) * size(3);
    std::vector<Totals> totals(images.shape(1));
    {
        nb::gil_scoped_release release;
        // The images of a single channel follow each other without a gap.
        const int64_t pieces = totals.size() == 1 ? 1 : size(0) * size(1);
        const int64_t length = totals.size() == 1 ? size(0) * pixels : pixels;
        for (int64_t piece = 0; piece < pieces; ++piece)
            add(images.data() + piece * length, length, totals[static_cast<size_t>(piece) % totals.size()]);
    }
    std::vector<std::tuple<uint64_t, uint64_t>> result;
    for (const Totals& channel : totals) result.emplace_back(channel.sum, channel.squares);
    return result;
}

template <class T>
void define_run(nb::module_& m) {
    m.def("run", &run_steps<T>, "steps"_a, "images"_a, "order"_a, "progress"_a, "seed"_a, "stream"_a, "epoch"_a,
          "threads"_a);
}

}  // namespace

NB_MODULE(_prepare, m) {
    // Steps live in caches until the interpreter ends; that is no news for a user.
    nb::set_leak_warnings(false);
    nb::class_<Step>(m, "Step").def(
        "__init__",
        [](Step* step, const std::string& kind, uint32_t number, const Sizes& in, const Sizes& out,
           const Array<float, 1>& values) {
            new (step) Step(kind, number, shape_of(in), shape_of(out), {values.data(), values.data() + values.shape(0)});
        },
        "kind"_a, "number"_a, "input"_a, "output"_a, "values"_a);
    define_run<uint8_t>(m);
    define_run<float>(m);
    m.def("byte_totals", &byte_totals, "images"_a);
}
