import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import { onRedis } from '#common/redis/on-redis.js';
import { ApiConfig } from '../api.config.js';
import { jobUrl } from '#common/jobs/job-url.js';
import { poolOf } from '../pools/pool-views.js';
import { ClearDeadLetters } from './clear-dead-letters.js';
import { DeadLetterReader } from './dead-letter.reader.js';
import { filterOf, viewLetter, viewOpened } from './dead-letter-views.js';
import {
  letterList,
  type LetterList,
  type LetterSelection,
  letterSelection,
  type LettersQuery,
  lettersQuery,
  openedLetter,
  type OpenedLetterView,
  type OpenQuery,
  openQuery,
  purgedMany,
  type PurgedMany,
  type RemovedLetter,
  removedLetter,
  replayed,
  type ReplayedMany,
  replayedMany,
  type ReplayedView,
} from './dead-letters.schema.js';
import { ListDeadLetters } from './list-dead-letters.js';
import { ReplayDeadLetter } from './replay-dead-letter.js';

@ApiTags('administration')
@ApiBearerAuth()
@Controller('admin/queues/:pool/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly config: ApiConfig,
    private readonly letters: ListDeadLetters,
    private readonly reader: DeadLetterReader,
    private readonly replayOne: ReplayDeadLetter,
    private readonly clear: ClearDeadLetters,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Failed jobs whose payload is still kept, newest first.' })
  @ApiResponse({ status: 200, standardSchema: letterList })
  async list(
    @Param('pool') pool: string,
    @Query({ schema: lettersQuery }) query: LettersQuery,
  ): Promise<LetterList> {
    this.mustBe(pool);
    const page = await onRedis(this.letters.execute(pool, query));
    return { dead_letters: page.letters.map(viewLetter), next_cursor: page.cursor };
  }

  @Post('replay')
  @HttpCode(202)
  @ApiOperation({ summary: 'Replays the selected dead letters, 500 of them at a call.' })
  @ApiResponse({ status: 202, standardSchema: replayedMany })
  async replayMany(
    @Param('pool') pool: string,
    @Body({ schema: letterSelection }) selection: LetterSelection,
    @Req() request: FastifyRequest,
  ): Promise<ReplayedMany> {
    this.mustBe(pool);
    return onRedis(this.clear.replay(pool, filterOf(selection), request.id));
  }

  @Post('purge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Removes the selected dead letters, 1,000 of them at a call.' })
  @ApiResponse({ status: 200, standardSchema: purgedMany })
  async purge(
    @Param('pool') pool: string,
    @Body({ schema: letterSelection }) selection: LetterSelection,
  ): Promise<PurgedMany> {
    this.mustBe(pool);
    return onRedis(this.clear.purge(pool, filterOf(selection)));
  }

  @Get(':id')
  @ApiOperation({
    summary: 'One dead letter with its task; what its caller wrote only where that is allowed.',
  })
  @ApiResponse({ status: 200, standardSchema: openedLetter })
  async open(
    @Param('pool') pool: string,
    @Param('id') id: string,
    @Query({ schema: openQuery }) { prompt }: OpenQuery,
  ): Promise<OpenedLetterView> {
    this.mustBe(pool);
    if (prompt && !this.config.areDeadPromptsShown)
      throw new Refusal('invalid_value', { param: 'prompt', message: PROMPTS_HIDDEN });
    return viewOpened(await onRedis(this.reader.open(pool, id)), prompt);
  }

  @Post(':id/replay')
  @HttpCode(202)
  @ApiOperation({ summary: 'Runs its task again, as a new job of the same tenant that costs nothing.' })
  @ApiResponse({ status: 202, standardSchema: replayed })
  @ApiResponse({ status: 409, description: 'It is not settled yet, or did not end as failed.' })
  async replay(
    @Param('pool') pool: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<ReplayedView> {
    this.mustBe(pool);
    const { jobId } = await onRedis(this.replayOne.execute(pool, id, request.id));
    return { job_id: jobId, replay_of: id, status_url: jobUrl(jobId) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Removes a dead letter with its payload; how its job ended stays known.' })
  @ApiResponse({ status: 200, standardSchema: removedLetter })
  async remove(@Param('pool') pool: string, @Param('id') id: string): Promise<RemovedLetter> {
    this.mustBe(pool);
    await onRedis(this.clear.remove(pool, id));
    return { message: `Dead letter ${id} was removed` };
  }

  private mustBe(pool: string): void {
    poolOf(this.config.pools, pool);
  }
}

const PROMPTS_HIDDEN = 'Prompts of dead letters are shown only where DEAD_LETTER_PROMPTS=true.';
