export const USAGE = `Usage: npm run loadtest -- [options]

Load, one of:
  --users N            users at once (5), each sending so many
  --requests N         requests (10), so many
  --delay S            seconds apart (0.5), whether answered or not
  --rate R             open loop: R requests a second for --duration, whether answered or not
  --stages LIST        open loop: the rate goes from stage to stage, such as 30s:10,1m:50,30s:0
                       (from 0, or from --rate)
  --concurrency N      closed loop: N callers for --duration, each sending when it is answered
  --mode closed        with --stages: they are numbers of callers of a closed loop
  --duration TIME      such as 30s or 1m30s
  --arrivals KIND      of an open loop: uniform (even, the default) or poisson
  --max-in-flight N    of an open loop: what is due beyond so many is dropped, and counted (1000)
  --warm-up TIME       what is due that early is left out of the figures (0s)
  --seed N             of everything that is drawn (1)

Requests:
  --url URL            where the API is (http://localhost:8000)
  --route ROUTE        generate (POST /generate, the default) or chat (POST /v1/chat/completions)
  --stream             as they come: time to first token, tokens a second, gaps between tokens
  --timeout TIME       of one request (30s)
  --model NAME         model to ask (gpt-3.5-turbo)
  --prompt-words N     length of the prompt (the original's sentence)
  --max-tokens N       longest answer, in tokens (100)
  --api-key KEY        sent as X-API-Key; all users then count as one caller
  --keys FILE          [{"key": "sk-…", "tenant": "acme", "tier": "premium", "weight": 3}, …]
  --model, --prompt-words, --max-tokens and --api-key may come several times, each with =WEIGHT.

Results:
  --threshold RULE     such as 'p95<2s', 'errors<1%', 'goodput>=90%', 'ttft.p95<500ms',
                       'p95{tier=premium}<1s'; may come several times (errors<=0%, dropped<=0%)
  --good-within TIME   a success counts as good if it took no longer (any)
  --good-ttft TIME     and if its first token came within (any)
  --html FILE          writes a report with charts
  --json FILE          writes all figures

Ends with 0 when all thresholds are met, 1 when one is missed, 2 when there was no test, 130 when it was stopped early.`;
