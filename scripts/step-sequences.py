#!/usr/bin/env python3
"""What PyTorch's optimizers and schedules do, for tests/update.rs.

Needs torch (2.x). Prints arrays as they stand in the tests: parameters after each of four steps with
given gradients, from (1, -2) on; and the learning rates of twelve epochs, from 1 on.
"""

import warnings

import torch

warnings.filterwarnings("ignore")  # a scheduler is stepped without its optimizer
GRADIENTS = [[0.5, -0.25], [-0.1, 0.3], [2.0, 0.001], [0.0, -1.5]]
OPTIMIZERS = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.3),
}
SCHEDULES = {
    "step": lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=4, gamma=0.3),
    "exponential": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.8),
    "inverse": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.25 * t)),
    "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=11, eta_min=0.1),
    "one_cycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=12, pct_start=0.5),
}
LOSSES = [3.0, 2.0, 1.9999, 2.5, 2.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, float("nan")]


def optimizer():
    return torch.optim.SGD([torch.zeros(1, dtype=torch.float64)], lr=1.0)


print("torch", torch.__version__)
for name, make in OPTIMIZERS.items():
    theta = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    steps = make([theta])
    print(name)
    for gradient in GRADIENTS:
        theta.grad = torch.tensor(gradient, dtype=torch.float64)
        steps.step()
        print("   ", [float(value) for value in theta.detach()], end=",\n")
for name, make in SCHEDULES.items():
    steps = optimizer()
    schedule, rates = make(steps), []
    for _ in range(12):
        rates.append(steps.param_groups[0]["lr"])
        if len(rates) < 12:
            schedule.step()
    print(name, rates)
steps = optimizer()
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(steps, factor=0.5, patience=1, cooldown=1, min_lr=0.2)
rates = []
for loss in LOSSES:
    plateau.step(loss)
    rates.append(steps.param_groups[0]["lr"])
print("plateau", rates)
