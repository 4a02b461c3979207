#!/usr/bin/env python3
"""Trains the brain's plan network (data/brain/plan.bin) on sentences as tools/dump_corpus.cc writes them.

usage: tools/train_plan.py OUT.bin TRAIN.jsonl … [--test TEST.jsonl …] [--epochs 20] [--seed 1] [--reference FILE]

--reference keeps what this program's network says to some sentences: the oracle of brain_test for ours.

Needs PyTorch (any CPU build); nothing else of the project does. The network is brain/plan_net.h's: an encoder over words, each the sum of
its own embedding, those of what the lexicon takes it for, and of its letters in threes; a decoder that spells the plan.
Method: Vaswani et al. 2017 (transformer), normalisation before each part; cross-entropy, AdamW, warm-up then a cosine. Sentences are
varied as they are read: two orders joined to one, words forgotten, letters swapped.
"""
import argparse
import json
import math
import os
import random
import struct
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, INNER, ENCODERS, DECODERS, GRAMS = 128, 4, 256, 3, 2, 2048
MOST_HEARD, MOST_SPELT = 64, 64
KINDS = ("ask", "chat", "refuse", "stop")


def fnv(text: str) -> int:
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def grams_of(word: str) -> list[int]:
    """Threes of letters of a Latin word, hashed; other words have none."""
    if not word.isascii() or not word.isalpha():
        return []
    marked = f"^{word}$"
    return [fnv(marked[i : i + 3]) % GRAMS for i in range(len(marked) - 2)]


def meanings_of(meaning: str) -> list[str]:
    """From what it is in full to its tag alone."""
    parts = meaning.split(" ")
    return [meaning, " ".join(parts[:2]), parts[0]] if meaning else []


class Sample:
    def __init__(self, line: str):
        row = json.loads(line)
        self.id, self.text, self.words = row["id"], row["text"], row["words"][:MOST_HEARD]
        self.ways = [way for way in row["ways"] if len(way) < MOST_SPELT - 1]
        self.spelt = self.ways[0] if self.ways else None
        self.chinese = any("\u4e00" <= c <= "\u9fff" for c in self.text)

    def joins(self) -> bool:
        """Whether another order can be joined to it."""
        return self.spelt[0] not in KINDS and len(self.words) <= 20 and not any(w.startswith(("@", "when_", "&")) for w in self.spelt)


def renumbered(words: list, spelt: list, shift: dict) -> tuple[list, list]:
    """The places and words of a second sentence after those of the first."""
    def rename(token: str) -> str:
        at = token.find("<")
        if at < 0 or not token.endswith(">") or token == "<which>":
            return token
        place = token[at + 1 : -1]
        kind = place.rstrip("0123456789")
        return f"{token[:at]}<{kind}{int(place[len(kind):]) + shift.get(kind, 0)}>"
    return [[rename(w), m] for w, m in words], [rename(t) for t in spelt]


def count_places(words: list) -> dict:
    out: dict = {}
    for word, _ in words:
        if word.startswith("<") and word != "<which>":
            kind = word[1:-1].rstrip("0123456789")
            out[kind] = max(out.get(kind, 0), int(word[1 + len(kind) : -1]) + 1)
    return out


JOINERS = {
    False: [[["and", "conn and"], ["then", ""]], [["then", "conn then"]], [[",", "mark"], ["then", "conn then"]], [["and", "conn and"]], [[".", "mark"]], [[",", "mark"]],
            [[",", "mark"], ["and", "conn and"]], [["and", "conn and"], ["after", "unknown"], ["that", "unknown"]]],
    True: [[["然", "conn then"], ["后", ""]], [[",", "mark"], ["然", "conn then"], ["后", ""]], [[",", "mark"], ["再", "conn then"]], [["再", "conn then"]], [[",", "mark"]],
           [[",", "mark"], ["接", "conn then"], ["着", ""]]],
}


class Corpus:
    def __init__(self, samples: list[Sample], seed: int):
        self.samples = samples
        self.random = random.Random(seed)
        self.joining = {z: [s for s in samples if s.chinese == z and s.joins()] for z in (False, True)}

    def draw(self, sample: Sample) -> tuple[list, list]:
        words, spelt = sample.words, sample.spelt
        r = self.random
        if sample.joins() and r.random() < 0.25:
            other = r.choice(self.joining[sample.chinese])
            body = (words[:-1] if words[-1][0] in (".", "!", "?") else words) + r.choice(JOINERS[sample.chinese])
            more, more_spelt = renumbered(other.words, other.spelt, {**count_places(words), "w": len(body)})
            if len(body) + len(more) <= MOST_HEARD and len(spelt) + len(more_spelt) < MOST_SPELT - 1:
                words, spelt = body + more, spelt + more_spelt
        words = [self.vary(w, m) for w, m in words]
        return words[:MOST_HEARD], spelt

    def vary(self, word: str, meaning: str) -> tuple[str, str]:
        r = self.random
        if word.startswith("<"):
            return word, meaning
        if word.isascii() and word.isalpha() and len(word) > 3 and r.random() < 0.02:
            at = r.randrange(len(word) - 1)
            word, meaning = word[:at] + word[at + 1] + word[at] + word[at + 2 :], "unknown"
        u = r.random()
        if u < 0.06:
            return "<unknown>", meaning
        if u < 0.12:
            return word, "unknown" if meaning else ""
        return word, meaning


class Tables:
    def __init__(self, samples: list[Sample]):
        count: dict = {}
        meaning_count: dict = {}
        spelt: set = set()
        for s in samples:
            for word, meaning in s.words:
                count[word] = count.get(word, 0) + 1
                for m in meanings_of(meaning):
                    meaning_count[m] = meaning_count.get(m, 0) + 1
            spelt.update(s.spelt)
        for kind in ("person", "place", "object", "robot", "num"):
            for i in range(16 if kind == "num" else 8):
                count[f"<{kind}{i}>"] = 99
                if kind == "num":
                    spelt.add(f"<num{i}>")
                else:
                    spelt.add(("@" if kind == "robot" else "target=") + f"<{kind}{i}>")
                    spelt.add(f"target=<{kind}{i}>")
        spelt.update(f"<w{i}>" for i in range(MOST_HEARD))
        self.words = ["<none>", "<unknown>"] + sorted(w for w, n in count.items() if n >= 2 and w != "<unknown>")
        self.meanings = ["<none>"] + sorted(m for m, n in meaning_count.items() if n >= 2)
        self.spelt = ["<pad>", "<begin>", "<end>"] + sorted(spelt)
        self.word_at = {w: i for i, w in enumerate(self.words)}
        self.meaning_at = {m: i for i, m in enumerate(self.meanings)}
        self.spelt_at = {t: i for i, t in enumerate(self.spelt)}


def batch_of(pairs: list, tables: Tables) -> dict:
    longest = max(len(w) for w, _ in pairs)
    spelt_longest = max(len(s) for _, s in pairs) + 1
    word = torch.zeros(len(pairs), longest, dtype=torch.long)
    meaning = torch.zeros(len(pairs), longest, 3, dtype=torch.long)
    most_grams = max([1] + [len(grams_of(w)) for words, _ in pairs for w, _ in words])
    gram = torch.full((len(pairs), longest, most_grams), GRAMS, dtype=torch.long)
    given = torch.zeros(len(pairs), spelt_longest, dtype=torch.long)
    wanted = torch.zeros(len(pairs), spelt_longest, dtype=torch.long)
    for i, (words, spelt) in enumerate(pairs):
        for j, (w, m) in enumerate(words):
            word[i, j] = tables.word_at.get(w, 1)
            for k, part in enumerate(meanings_of(m)):
                meaning[i, j, k] = tables.meaning_at.get(part, 0)
            for k, g in enumerate(grams_of(w)):
                gram[i, j, k] = g
        ids = [tables.spelt_at[t] for t in spelt]
        given[i, : len(ids) + 1] = torch.tensor([1] + ids)
        wanted[i, : len(ids) + 1] = torch.tensor(ids + [2])
    return {"word": word, "meaning": meaning, "gram": gram, "given": given, "wanted": wanted}


def batches_of(train: list[Sample], corpus: Corpus, size: int, shuffle: random.Random) -> list:
    """Every sentence once, varied; those of like length together, in an order of chance."""
    pairs = [corpus.draw(s) for s in train]
    shuffle.shuffle(pairs)
    pool = size * 24
    out = []
    for at in range(0, len(pairs), pool):
        near = sorted(pairs[at : at + pool], key=lambda pair: (len(pair[0]), len(pair[1])))
        out += [near[i : i + size] for i in range(0, len(near), size)]
    shuffle.shuffle(out)
    return out


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x, memory, mask):
        b, t, _ = x.shape
        split = lambda y: y.view(b, -1, HEADS, WIDTH // HEADS).transpose(1, 2)
        q, k, v = split(self.query(x)), split(self.key(memory)), split(self.value(memory))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=0.1 if self.training else 0)
        return self.out(y.transpose(1, 2).reshape(b, t, WIDTH))


class Layer(nn.Module):
    def __init__(self, crosses: bool):
        super().__init__()
        self.norm1, self.own = nn.LayerNorm(WIDTH), Attention()
        if crosses:
            self.norm2, self.cross = nn.LayerNorm(WIDTH), Attention()
        self.norm3, self.up, self.down = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.crosses = crosses
        self.drop = nn.Dropout(0.15)

    def forward(self, x, mask, memory=None, memory_mask=None):
        y = self.norm1(x)
        x = x + self.drop(self.own(y, y, mask))
        if self.crosses:
            x = x + self.drop(self.cross(self.norm2(x), memory, memory_mask))
        return x + self.drop(self.down(F.relu(self.up(self.norm3(x)))))


class PlanNet(nn.Module):
    def __init__(self, tables: Tables):
        super().__init__()
        self.word = nn.Embedding(len(tables.words), WIDTH, padding_idx=0)
        self.meaning = nn.Embedding(len(tables.meanings), WIDTH, padding_idx=0)
        self.gram = nn.Embedding(GRAMS + 1, WIDTH, padding_idx=GRAMS)
        self.place = nn.Embedding(MOST_HEARD, WIDTH)
        self.token = nn.Embedding(len(tables.spelt), WIDTH)
        self.when = nn.Embedding(MOST_SPELT, WIDTH)
        self.encoders = nn.ModuleList(Layer(False) for _ in range(ENCODERS))
        self.encoded = nn.LayerNorm(WIDTH)
        self.decoders = nn.ModuleList(Layer(True) for _ in range(DECODERS))
        self.decoded = nn.LayerNorm(WIDTH)
        self.logits = nn.Linear(WIDTH, len(tables.spelt))
        for table in (self.word, self.meaning, self.gram, self.place, self.token, self.when):
            nn.init.normal_(table.weight, std=0.5 / math.sqrt(WIDTH) * 4)
        with torch.no_grad():
            self.word.weight[0].zero_(), self.meaning.weight[0].zero_(), self.gram.weight[GRAMS].zero_()
        self.drop = nn.Dropout(0.1)

    def encode(self, batch):
        word = batch["word"]
        grams = self.gram(batch["gram"])
        many = (batch["gram"] < GRAMS).sum(-1, keepdim=True).clamp(min=1)
        x = self.word(word) + self.meaning(batch["meaning"]).sum(2) + grams.sum(2) / many + self.place(torch.arange(word.shape[1]))
        mask = (word != 0)[:, None, None, :]
        x = self.drop(x)
        for layer in self.encoders:
            x = layer(x, mask)
        return self.encoded(x), mask

    def decode(self, given, memory, memory_mask):
        t = given.shape[1]
        y = self.token(given) + self.when(torch.arange(t))
        causal = torch.ones(t, t, dtype=torch.bool).tril()[None, None]
        y = self.drop(y)
        for layer in self.decoders:
            y = layer(y, causal, memory, memory_mask)
        return self.logits(self.decoded(y))

    def forward(self, batch):
        return self.decode(batch["given"], *self.encode(batch))


@torch.no_grad()
def say(net: PlanNet, tables: Tables, samples: list[Sample]) -> list[tuple[list, float]]:
    net.eval()
    out = []
    for at in range(0, len(samples), 128):
        part = samples[at : at + 128]
        batch = batch_of([(s.words, []) for s in part], tables)
        memory, mask = net.encode(batch)
        given = torch.ones(len(part), 1, dtype=torch.long)
        log_p = torch.zeros(len(part))
        done = torch.zeros(len(part), dtype=torch.bool)
        for _ in range(MOST_SPELT - 1):
            best = F.log_softmax(net.decode(given, memory, mask)[:, -1], -1).max(-1)
            log_p += torch.where(done, torch.zeros(()), best.values)
            given = torch.cat([given, torch.where(done, torch.zeros((), dtype=torch.long), best.indices)[:, None]], 1)
            done |= best.indices == 2
            if done.all():
                break
        for i in range(len(part)):
            tokens = [tables.spelt[t] for t in given[i, 1:].tolist() if t > 2]
            out.append((tokens, math.exp(float(log_p[i]))))
    net.train()
    return out


def report(name: str, net: PlanNet, tables: Tables, samples: list[Sample]) -> None:
    said = say(net, tables, samples)
    rows = sorted(((p, tokens in s.ways, tokens) for (tokens, p), s in zip(said, samples)), key=lambda row: -row[0])
    right = sum(r for _, r, _ in rows) / len(rows)
    parts = []
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        first = rows[: int(share * len(rows))]
        parts.append(f"{share:.0%}: {sum(r for _, r, _ in first) / len(first):.3f} (p>{first[-1][0]:.2f})")
    print(f"{name}: {right:.3f} of {len(rows)} right; of the surest {', '.join(parts)}", flush=True)


def write(net: PlanNet, tables: Tables, path: str) -> None:
    def strings(words: list[str]) -> bytes:
        return struct.pack("<I", len(words)) + b"".join(struct.pack("<H", len(w.encode())) + w.encode() for w in words)

    def tensor(t: torch.Tensor) -> bytes:
        """16 bits a number, one scale a row of 64."""
        flat = t.detach().flatten().double()
        out = [struct.pack("<Q", flat.numel())]
        for at in range(0, flat.numel(), 64):
            block = flat[at : at + 64]
            scale = max(float(block.abs().max()), 1e-12) / 32767
            scale = struct.unpack("<f", struct.pack("<f", scale))[0]
            out.append(struct.pack("<f", scale))
            out.append(struct.pack(f"<{block.numel()}h", *(max(-32767, min(32767, int(v))) for v in torch.round(block / scale).tolist())))
        return b"".join(out)

    def linear(layer: nn.Linear) -> list:
        return [layer.weight.T, layer.bias]  # inputs x outputs

    def attention(a: Attention) -> list:
        return [t for part in (a.query, a.key, a.value, a.out) for t in linear(part)]

    def layer(l: Layer) -> list:
        out = [l.norm1.weight, l.norm1.bias, *attention(l.own)]
        if l.crosses:
            out += [l.norm2.weight, l.norm2.bias, *attention(l.cross)]
        return out + [l.norm3.weight, l.norm3.bias, *linear(l.up), *linear(l.down)]

    tensors = [net.word.weight, net.meaning.weight, net.gram.weight[:GRAMS], net.place.weight, net.token.weight, net.when.weight]
    for part in net.encoders:
        tensors += layer(part)
    tensors += [net.encoded.weight, net.encoded.bias]
    for part in net.decoders:
        tensors += layer(part)
    tensors += [net.decoded.weight, net.decoded.bias, *linear(net.logits)]
    data = struct.pack("<8I", 0x314E504D, WIDTH, HEADS, INNER, ENCODERS, DECODERS, GRAMS, MOST_HEARD)
    data += strings(tables.words) + strings(tables.meanings) + strings(tables.spelt) + b"".join(tensor(t) for t in tensors)
    with open(path + ".new", "wb") as out:
        out.write(data)
    os.replace(path + ".new", path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("train", nargs="+")
    parser.add_argument("--test", nargs="*", default=[])
    parser.add_argument("--epochs", type=float, default=20)
    parser.add_argument("--reference")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    read = lambda paths: [s for s in (Sample(line) for path in paths for line in open(path, encoding="utf-8")) if s.spelt]
    train, tests = read(args.train), {path: read([path]) for path in args.test}
    tables = Tables(train)
    corpus = Corpus(train, args.seed)
    net = PlanNet(tables)
    print(f"{len(train)} sentences, {len(tables.words)} words, {len(tables.meanings)} meanings, {len(tables.spelt)} tokens, "
          f"{sum(p.numel() for p in net.parameters())} weights", flush=True)
    size = 64
    steps = int(args.epochs * len(train) / size)
    rate = 1.2e-3
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
    shuffle = random.Random(args.seed)
    batches: list = []
    begin, loss_sum = time.time(), 0.0
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 300) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        if not batches:
            batches = batches_of(train, corpus, size, shuffle)
        batch = batch_of(batches.pop(), tables)
        loss = F.cross_entropy(net(batch).flatten(0, 1), batch["wanted"].flatten(), ignore_index=0, label_smoothing=0.03)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        loss_sum += loss.item()
        if (step + 1) % 500 == 0 or step + 1 == steps:
            print(f"{step + 1} of {steps} steps, {time.time() - begin:.0f} s, loss {loss_sum / 500:.3f}", flush=True)
            loss_sum = 0
            for path, samples in tests.items():
                report(path.rsplit("/", 1)[-1], net, tables, samples)
            write(net, tables, args.out)
    if args.reference:
        some = [s for samples in tests.values() for s in samples][::17][:40]
        with open(args.reference, "w", encoding="utf-8") as out:
            for sample, (tokens, p) in zip(some, say(net, tables, some)):
                out.write(json.dumps({"words": sample.words, "tokens": tokens, "probability": round(p, 6)}, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
