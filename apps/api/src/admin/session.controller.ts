import { Body, Controller, Delete, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Refusal } from '#common/errors/refusal.js';
import { errorAnswer } from '../http/error-answer.js';
import { AdminAccess } from './admin-access.js';
import { AdminAudit } from './admin-audit.js';
import { LOGIN_HEADERS, loginPage } from './login-page.js';
import { adminPathOf } from './next-path.policy.js';
import { isForm } from './sign-in-form.js';

const signIn = z.object({
  token: z.string().min(1).max(4_096),
  next: z.string().optional().describe('Of the form: the admin page to go to.'),
});
type SignIn = z.infer<typeof signIn>;

@ApiTags('admin')
@Controller('admin')
export class SessionController {
  constructor(
    private readonly access: AdminAccess,
    private readonly audit: AdminAudit,
  ) {}

  @Get('login')
  @ApiExcludeEndpoint()
  show(@Query('next') wanted: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const next = adminPathOf(wanted);
    if (this.access.actorOf(request) !== null) void reply.redirect(next, 303);
    else void reply.headers(LOGIN_HEADERS).send(loginPage({ next, problem: null }));
  }

  @Post('session')
  @ApiOperation({ summary: 'Signs a browser in for 12 h: ADMIN_TOKEN against a cookie.' })
  @ApiResponse({ status: 204, description: 'Signed in; Set-Cookie has the session.' })
  @ApiResponse({ status: 303, description: 'Signed in by the form of /admin/login.' })
  async signIn(
    @Body({ schema: signIn }) { token, next: wanted }: SignIn,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const next = adminPathOf(wanted);
    const isByForm = isForm(request.headers['content-type']);
    try {
      reply.header('set-cookie', await this.access.signIn(request, token));
    } catch (refusal) {
      if (!isByForm || !(refusal instanceof Refusal)) throw refusal;
      const { status, headers } = errorAnswer(refusal, request);
      const page = loginPage({ next, problem: refusal.message });
      void reply
        .status(status)
        .headers({ ...headers, ...LOGIN_HEADERS })
        .send(page);
      return;
    }
    const status = isByForm ? 303 : 204;
    this.audit.mention(request, 'token', status);
    reply.header('cache-control', 'no-store');
    if (isByForm) void reply.redirect(next, 303);
    else void reply.status(204).send();
  }

  @Delete('session')
  @ApiOperation({ summary: 'Signs the browser out: takes the cookie back.' })
  @ApiResponse({ status: 204 })
  signOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const actor = this.access.actorOf(request);
    if (actor !== null) this.audit.mention(request, actor, 204);
    void reply.status(204).header('set-cookie', this.access.signOut(request)).send();
  }
}
