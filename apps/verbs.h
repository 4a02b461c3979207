// The verbs of the program, one file each: they wire rooms together and hold no logic of their own.
#pragma once

namespace manybody::apps {

class Command;

void add_body(Command& program);
void add_train(Command& program);
void add_adapt(Command& program);
void add_play(Command& program);
void add_eval(Command& program);
void add_bench(Command& program);
void add_physics_bench(Command& bench);     // under `bench`
void add_brain_bench(Command& bench);       // under `bench`
void add_generalise_bench(Command& bench);  // under `bench`
void add_learn_bench(Command& bench);       // under `bench`
void add_scenario_bench(Command& bench);    // under `bench`
void add_ask(Command& program);
void add_chat(Command& program);
#ifndef MANYBODY_BARE
void add_demo(Command& program);
void add_film(Command& program);
#endif

}  // namespace manybody::apps
