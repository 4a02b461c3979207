#include "learn/ppo_config.h"

#include <cmath>

#include "core/error.h"
#include "policy/token_shape.h"

namespace manybody::learn {

void PpoConfig::describe(core::Fields& f) {
  f.integer("horizon", horizon, "control steps a world between updates, at first", {1, 4096});
  f.integer("horizon_late", horizon_late, "control steps a world between updates, in the end", {1, 4096});
  f.number("grow_from", grow_from, "control steps after which the horizon begins to grow", {0, 1e15});
  f.number("grow_until", grow_until, "control steps after which it has grown", {0, 1e15});
  f.integer("epochs", epochs, "passes over each batch", {1, 64});
  f.integer("minibatches", minibatches, "parts of a batch, one gradient step each", {1, 1024});
  f.number("gamma", gamma, "discount of future reward a control step", {0, 1});
  f.number("lambda", lambda, "bias against variance of the advantage (GAE)", {0, 1});
  f.number("clip", clip, "largest change of an action's probability ratio that is rewarded", {0.001, 1});
  f.number("value_clip", value_clip, "largest change of a value in one update; 0: free", {0, 1e6});
  f.number("entropy", entropy, "reward of keeping exploration", {0, 1});
  f.number("learning_rate", learning_rate, "actor's step size at the start", {1e-8, 1});
  f.number("learning_rate_min", learning_rate_min, "lowest step size the KL rule may choose", {0, 1});
  f.number("learning_rate_max", learning_rate_max, "highest step size the KL rule may choose", {0, 1});
  f.number("critic_learning_rate", critic_learning_rate, "critic's step size", {1e-8, 1});
  f.number("kl_target", kl_target, "policy change the step size aims at, nats; 0: fixed step size", {0, 10});
  f.number("gradient_norm", gradient_norm, "gradients longer than this are shortened", {1e-6, 1e6});
  f.number("deviation", deviation, "exploration at the start, in units of the action", {1e-3, 10});
  f.number("deviation_min", deviation_min, "exploration never falls below", {1e-4, 10});
  f.number("deviation_max", deviation_max, "exploration never rises above", {1e-3, 100});
  f.number("reward_scale", reward_scale, "factor on rewards before the critic sees them", {1e-9, 1e9});
  f.number("observation_clip", observation_clip, "normalised observations are clipped to this", {0.1, 1e6});
  f.number("normaliser_floor", normaliser_floor, "added to each observation's deviation", {1e-8, 10});
  f.number("normalise_until", normalise_until, "control steps after which the statistics stay; 0: never", {0, 1e15});
  f.number("critic_first", critic_first, "control steps at the start in which only the critic learns", {0, 1e15});
  f.number("average", average, "control steps over which the exported actor is averaged; 0: the last one", {0, 1e15});
  f.number("output_gain", output_gain, "size of the actor's first actions", {0, 10});
  f.text("actor_kind", actor_kind,
         "mlp: layers over the whole observation; tokens: one token a joint, attention over the kinematic tree",
         {"mlp", "tokens"});
  f.integer("token_width", token_width, "numbers a joint token; 8 or 16 times token_heads", {8, policy::kMaxTokenWidth});
  f.integer("token_heads", token_heads, "heads of the attention between joint tokens", {1, policy::kMaxTokenWidth / 8});
  f.integer("token_blocks", token_blocks, "blocks of attention and feed-forward part", {0, policy::kMaxTokenBlocks});
  f.numbers("actor_hidden", actor_hidden, "widths of the actor's hidden layers, of kind mlp", {1, 65536});
  f.numbers("critic_hidden", critic_hidden, "widths of the critic's hidden layers", {1, 65536});
}

void PpoConfig::check() const {
  if (learning_rate_min > learning_rate_max) {
    throw core::UserError("ppo.learning_rate_min", "is above ppo.learning_rate_max", "a smaller number");
  }
  if (!(deviation_min <= deviation && deviation <= deviation_max)) {
    throw core::UserError("ppo.deviation", "is outside ppo.deviation_min and ppo.deviation_max", "a number between them");
  }
  if (actor_kind != "mlp" && actor_kind != "tokens")
    throw core::UserError("ppo.actor_kind", "is '" + actor_kind + "'", "mlp or tokens");
  if (const std::string wrong = policy::token_width_error(token_width, token_heads, token_blocks); !wrong.empty()) {
    throw core::UserError("ppo.token_width", wrong, "ppo.token_width of 8 or 16 times ppo.token_heads");
  }
  for (const std::vector<double>* widths : {&actor_hidden, &critic_hidden}) {
    for (const double width : *widths) {
      if (width < 1 || width > 65536 || width != std::floor(width)) {
        throw core::UserError(widths == &actor_hidden ? "ppo.actor_hidden" : "ppo.critic_hidden", "has a wrong entry",
                              "whole numbers from 1 to 65536");
      }
    }
  }
}

}  // namespace manybody::learn
