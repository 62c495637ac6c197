// The same networks in plain loops whose bounds are constants: what is written in C, with templates for
// sizes, so that it is written once.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#define INLINE static inline __attribute__((always_inline))
constexpr int POOL = 1024, STEPS = 200;
enum Activation { RELU, TANH, IDENTITY };

static uint64_t state;
static double next(double bound) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    uint64_t bits = state * 2685821657736338717ull >> 11;
    return bound * (2.0 * ((double)bits / 9007199254740992.0) - 1.0);
}
static void seed() { state = 88172645463325252ull; }

// What is behind this may have been read and written: a result is used, and computed anew.
template <class T> INLINE void black_box(T *what) { asm volatile("" : : "r"(what) : "memory"); }

static double now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

// Nanoseconds for a call: the median over groups of about 0.2 ms, for `ms` after a warm-up.
template <class Call> static double timed(double ms, Call call) {
    size_t calls = 0;
    double start = now();
    while (now() - start < ms * 1e6 / 4 || calls < 3) call(calls++);
    size_t group = (size_t)std::ceil(2e5 * calls / (now() - start));
    std::vector<double> groups;
    start = now();
    while (now() - start < ms * 1e6 || groups.size() < 5) {
        double before = now();
        for (size_t i = 0; i < group; i++) call(i);
        groups.push_back((now() - before) / group);
    }
    std::sort(groups.begin(), groups.end());
    return groups[groups.size() / 2];
}

template <class Call> static std::vector<long> each(size_t calls, Call call) {
    std::vector<long> times(calls);
    for (size_t i = 0; i < calls; i++) {
        timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        call(i);
        clock_gettime(CLOCK_MONOTONIC, &b);
        times[i] = (b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec;
    }
    std::sort(times.begin(), times.end());
    return times;
}

// Prints p50, p99, p99.9 and the maximum of so many calls in nanoseconds, less what the clock takes.
template <class Call> static void delays(const char *what, const char *task, size_t calls, Call call) {
    long clock = each(calls, [](size_t i) { black_box(&i); })[calls / 2];
    each(calls, call);
    std::vector<long> times = each(calls, call);
    printf("%s %s", what, task);
    for (double part : {0.5, 0.99, 0.999, 1.0})
        printf(" %ld", times[std::min((size_t)(calls * part), calls - 1)] - clock);
    printf(" %ld\n", clock);
}

template <int I, int O> struct Theta {
    float bias[O], weights[I][O];
};

template <int I, int O> struct Layer {
    alignas(64) Theta<I, O> theta;
    alignas(64) Theta<I, O> gradient, m, v;

    void draw() {
        double bound = std::sqrt(6.0 / (I + O));
        memset(this, 0, sizeof *this);
        for (auto &row : theta.weights)
            for (float &weight : row) weight = (float)next(bound);
    }

    template <int B, Activation G>
    INLINE void forward(const Theta<I, O> &__restrict theta, const float (*__restrict x)[I],
                        float (*__restrict a)[O]) {
        for (int s = 0; s < B; s++) {
            float z[O];
            for (int k = 0; k < O; k++) z[k] = theta.bias[k];
            for (int j = 0; j < I; j++)
                for (int k = 0; k < O; k++) z[k] += x[s][j] * theta.weights[j][k];
            for (int k = 0; k < O; k++)
                a[s][k] = G == RELU ? (z[k] > 0 ? z[k] : 0) : G == TANH ? tanhf(z[k]) : z[k];
        }
    }

    // Delta of the layer in front, whose activations are a.
    template <int B, Activation G>
    INLINE void backward(const Theta<I, O> &__restrict theta, const float (*__restrict delta)[O],
                         const float (*__restrict a)[I], float (*__restrict in_front)[I]) {
        for (int s = 0; s < B; s++)
            for (int j = 0; j < I; j++) {
                float sum = 0;
                for (int k = 0; k < O; k++) sum += theta.weights[j][k] * delta[s][k];
                in_front[s][j] = G == RELU ? (a[s][j] > 0 ? sum : 0) : sum * (1 - a[s][j] * a[s][j]);
            }
    }

    template <int B>
    INLINE void step(Layer &__restrict layer, const float (*__restrict delta)[O],
                     const float (*__restrict x)[I], float rate, float root) {
        for (int j = -1; j < I; j++) {
            float sum[O] = {0};
            for (int s = 0; s < B; s++)
                for (int k = 0; k < O; k++) sum[k] += (j < 0 ? 1 : x[s][j]) * delta[s][k];
            memcpy(layer.gradient.bias + (j + 1) * O, sum, sizeof sum);
        }
        float *__restrict theta = layer.theta.bias, *__restrict m = layer.m.bias, *__restrict v = layer.v.bias;
        const float *__restrict g = layer.gradient.bias;
        for (int i = 0; i < (I + 1) * O; i++) {
            m[i] = 0.9f * m[i] + 0.1f * g[i];
            v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
            theta[i] -= rate * m[i] / (std::sqrt(v[i]) * root + 1e-8f);
        }
    }
};

// One or two hidden layers of H units.
template <int S, int H, int O, bool DEEP, Activation G> struct Net {
    Layer<S, H> layer1;
    Layer<H, H> hidden;
    Layer<H, O> last;
    int t;

    template <int B>
    INLINE void forward(Net &net, const float (*x)[S], float (*a2)[H], float (*a3)[H], float (*h)[O]) {
        net.layer1.template forward<B, G>(net.layer1.theta, x, a2);
        if (DEEP) net.hidden.template forward<B, G>(net.hidden.theta, a2, a3);
        net.last.template forward<B, IDENTITY>(net.last.theta, DEEP ? a3 : a2, h);
    }

    __attribute__((noinline)) void predict(const float (*x)[S], float (*h)[O]) {
        alignas(64) float a2[1][H], a3[1][H];
        forward<1>(*this, x, a2, a3, h);
    }

    template <int B> __attribute__((noinline)) void train(const float (*x)[S], const float (*y)[O]) {
        alignas(64) float a2[B][H], a3[B][H], h[B][O], delta3[B][H], delta2[B][H];
        forward<B>(*this, x, a2, a3, h);
        for (int s = 0; s < B; s++)
            for (int k = 0; k < O; k++) h[s][k] = (h[s][k] - y[s][k]) / B;
        t++;
        float rate = 1e-3f / (1 - powf(0.9f, t)), root = 1 / std::sqrt(1 - powf(0.999f, t));
        last.template backward<B, G>(last.theta, h, DEEP ? a3 : a2, DEEP ? delta3 : delta2);
        if (DEEP) hidden.template backward<B, G>(hidden.theta, delta3, a2, delta2);
        last.template step<B>(last, h, DEEP ? a3 : a2, rate, root);
        if (DEEP) hidden.template step<B>(hidden, delta3, a2, rate, root);
        layer1.template step<B>(layer1, delta2, x, rate, root);
    }
};

template <int S, int H, int O, bool DEEP, Activation G> struct Subject {
    Net<S, H, O, DEEP, G> net;
    float x[POOL][S], y[POOL][O];
    char what[64];

    Subject() {
        seed();
        static float map[O][S];
        for (auto &row : map)
            for (float &entry : row) entry = (float)next(0.7);
        for (auto &row : x)
            for (float &entry : row) entry = (float)next(1);
        for (int i = 0; i < POOL; i++)
            for (int k = 0; k < O; k++) {
                float sum = 0;
                for (int j = 0; j < S; j++) sum += map[k][j] * x[i][j];
                y[i][k] = tanhf(sum);
            }
        net.layer1.draw();
        if (DEEP) net.hidden.draw();
        net.last.draw();
        net.t = 0;
        const char *g = G == RELU ? "relu" : "tanh";
        if (DEEP) snprintf(what, sizeof what, "%d-%d-%d-%d,%s", S, H, H, O, g);
        else snprintf(what, sizeof what, "%d-%d-%d,%s", S, H, O, g);
    }

    void predict(size_t i) {
        float h[1][O];
        net.predict(x + i % POOL, h);
        black_box(h);
    }

    template <int B> void train(size_t i) {
        size_t from = i % (POOL / B) * B;
        net.template train<B>(x + from, y + from);
        black_box(&net);
    }

    double cost() {
        double sum = 0;
        for (int i = 0; i < POOL; i++) {
            float h[1][O];
            net.predict(x + i, h);
            for (int k = 0; k < O; k++) sum += (h[0][k] - y[i][k]) * (double)(h[0][k] - y[i][k]);
        }
        return sum / (2 * POOL);
    }

    static void times(double ms) {
        std::unique_ptr<Subject> of(new Subject);
        for (int i = 0; i < STEPS; i++) of->template train<32>(i);
        printf("%s J %.6f\n", of->what, of->cost());
        printf("%s predict %.2f\n", of->what, timed(ms, [&](size_t i) { of->predict(i); }));
        printf("%s Adam,1 %.2f\n", of->what, timed(ms, [&](size_t i) { of->template train<1>(i); }));
        printf("%s Adam,8 %.2f\n", of->what, timed(ms, [&](size_t i) { of->template train<8>(i); }));
        printf("%s Adam,32 %.2f\n", of->what, timed(ms, [&](size_t i) { of->template train<32>(i); }));
    }

    static void all_delays() {
        std::unique_ptr<Subject> of(new Subject);
        delays(of->what, "predict", 1000000, [&](size_t i) { of->predict(i); });
        delays(of->what, "Adam,32", 100000, [&](size_t i) { of->template train<32>(i); });
    }
};

struct Xor {
    double b1[4], w1[2][4], b2, w2[4];
};
static const double X[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, Y[4] = {0, 1, 1, 0};
static double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

// A step of gradient descent over all that XOR is; J.
__attribute__((noinline)) static double xor_step(Xor &net) {
    double a[4][4], h[4], delta3[4], j = 0;
    for (int s = 0; s < 4; s++)
        for (int k = 0; k < 4; k++)
            a[s][k] = sigmoid(net.b1[k] + X[s][0] * net.w1[0][k] + X[s][1] * net.w1[1][k]);
    for (int s = 0; s < 4; s++) {
        h[s] = net.b2;
        for (int k = 0; k < 4; k++) h[s] += a[s][k] * net.w2[k];
    }
    for (int s = 0; s < 4; s++) h[s] = sigmoid(h[s]);
    Xor gradient = {};
    for (int s = 0; s < 4; s++) {
        double e = h[s] - Y[s];
        delta3[s] = e * h[s] * (1 - h[s]);
        j += e * e;
        gradient.b2 += delta3[s];
        for (int k = 0; k < 4; k++) {
            double delta2 = delta3[s] * net.w2[k] * a[s][k] * (1 - a[s][k]);
            gradient.w2[k] += delta3[s] * a[s][k];
            gradient.b1[k] += delta2;
            gradient.w1[0][k] += delta2 * X[s][0];
            gradient.w1[1][k] += delta2 * X[s][1];
        }
    }
    net.b2 -= gradient.b2;
    for (int k = 0; k < 4; k++) {
        net.w2[k] -= gradient.w2[k];
        net.b1[k] -= gradient.b1[k];
        net.w1[0][k] -= gradient.w1[0][k];
        net.w1[1][k] -= gradient.w1[1][k];
    }
    return j / 8;
}

static void xor_times(double ms) {
    seed();
    Xor net;
    for (double *entry = net.b1; entry < (double *)(&net + 1); entry++) *entry = next(1);
    for (int i = 0; i < STEPS; i++) xor_step(net);
    printf("2-4-1,sigmoid J %.6f\n", xor_step(net));
    printf("2-4-1,sigmoid descent,4 %.2f\n", timed(ms, [&](size_t) {
               double j = xor_step(net);
               black_box(&j);
           }));
}

int main(int count, char **arguments) {
    double ms = count > 2 ? atof(arguments[2]) : 20;
    if (count > 1 && !strcmp(arguments[1], "delays")) {
        Subject<4, 64, 2, true, TANH>::all_delays();
        Subject<13, 64, 4, true, TANH>::all_delays();
        return 0;
    }
    xor_times(ms);
    Subject<4, 8, 2, false, RELU>::times(ms);
    Subject<4, 8, 2, false, TANH>::times(ms);
    Subject<8, 16, 4, true, RELU>::times(ms);
    Subject<8, 16, 4, true, TANH>::times(ms);
    Subject<24, 32, 8, true, RELU>::times(ms);
    Subject<24, 32, 8, true, TANH>::times(ms);
    Subject<4, 64, 2, true, TANH>::times(ms);
    Subject<13, 64, 4, true, TANH>::times(ms);
    Subject<32, 128, 6, true, RELU>::times(ms);
    Subject<32, 128, 6, true, TANH>::times(ms);
}
