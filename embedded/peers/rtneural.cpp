// One prediction of 13-64-64-4 ReLU by RTNeural's ModelT, counted as `src/board.rs` counts ours.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include <RTNeural/RTNeural.h>

using Model = RTNeural::ModelT<float, 13, 4,
    RTNeural::DenseT<float, 13, 64>, RTNeural::ReLuActivationT<float, 64>,
    RTNeural::DenseT<float, 64, 64>, RTNeural::ReLuActivationT<float, 64>,
    RTNeural::DenseT<float, 64, 4>>;

static Model model;

static void semihosting(int operation, const void* argument)
{
    register int r0 asm("r0") = operation;
    register const void* r1 asm("r1") = argument;
    asm volatile("bkpt #0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void print(const char* text)
{
    semihosting(4, text);
}

static void print(uint32_t number)
{
    char text[11] = {};
    char* digit = text + 10;
    do
        *--digit = '0' + number % 10;
    while((number /= 10) != 0);
    print(digit);
}

// As in `src/stream.rs`.
static float next_number()
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (state >> 8) / 8388608.0f - 1.0f;
}

template <typename Layer>
static void draw(Layer& layer)
{
    std::vector<std::vector<float>> weights(Layer::out_size, std::vector<float>(Layer::in_size));
    for(auto& row : weights)
        for(auto& weight : row)
            weight = 0.25f * next_number();
    float bias[Layer::out_size];
    for(auto& entry : bias)
        entry = 0.25f * next_number();
    layer.setWeights(weights);
    layer.setBias(bias);
}

// Instructions of one of `calls` calls: 40 a tick.
template <typename Call>
static uint32_t instructions(uint32_t calls, Call&& call)
{
    auto* const timer = reinterpret_cast<volatile uint32_t*>(0xE000E010);
    timer[1] = 0xffffff;
    timer[2] = 0;
    timer[0] = 0b101;
    while(timer[2] == 0) {}
    const uint32_t start = timer[2];
    for(uint32_t i = 0; i < calls; ++i)
        call();
    const uint32_t ticks = start - timer[2];
    return (ticks * 40ull + calls / 2) / calls;
}

int main()
{
    draw(model.get<0>());
    draw(model.get<2>());
    draw(model.get<4>());
    print("100000 instructions: ");
    print(instructions(20, [] {
        uint32_t count = 50000;
        asm volatile("1: subs %0, %0, #1\n bne 1b" : "+r"(count));
    }));
    for(int example = 0; example < 4; ++example)
    {
        alignas(16) float x[16] = {};
        for(int i = 0; i < 13; ++i)
            x[i] = next_number();
        print("\n13-64-64-4 Relu, forward: ");
        print(instructions(400, [&] {
            const float* input = x;
            Model* at = &model;
            asm volatile("" : "+r"(input), "+r"(at) : : "memory");
            at->forward(input);
            asm volatile("" : : : "memory");
        }));
        print(" instructions, h in millionths:");
        for(int k = 0; k < 4; ++k)
        {
            const float h = model.getOutputs()[k];
            print(h < 0 ? " -" : " ");
            print(uint32_t((h < 0 ? -h : h) * 1e6f));
        }
    }
    print("\n");
    semihosting(0x18, reinterpret_cast<void*>(0x20026));
}

extern "C" {
extern uint32_t _stack, _bss, _ebss, _data, _edata, _load;
extern void (*__init_array_start[])();
extern void (*__init_array_end[])();
void* __dso_handle;

void _init() {}
void _fini() {}

void start()
{
    // The floating point unit.
    *reinterpret_cast<volatile uint32_t*>(0xE000ED88) |= 0xf << 20;
    asm volatile("dsb\n isb");
    for(uint32_t *to = &_data, *from = &_load; to < &_edata;)
        *to++ = *from++;
    for(uint32_t* to = &_bss; to < &_ebss;)
        *to++ = 0;
    for(auto* call = __init_array_start; call < __init_array_end; ++call)
        (*call)();
    main();
}

void fault()
{
    print("a fault\n");
    semihosting(0x18, reinterpret_cast<void*>(0x20024));
}

__attribute__((section(".vectors"), used)) void* const vectors[] = {
    &_stack, reinterpret_cast<void*>(start), reinterpret_cast<void*>(fault), reinterpret_cast<void*>(fault)};
}
